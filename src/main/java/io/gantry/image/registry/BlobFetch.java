package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.image.registry.Session.Question;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;

/** {@code GET /v2/<name>/blobs/<digest>}. */
final class BlobFetch {
  private BlobFetch() {}

  static Future<BlobStream> run(Call call, Session session, Descriptor descriptor) {
    var digest = Documents.checked(descriptor);
    return session
        .ask(call, new Question(HttpMethod.GET, "/blobs/" + digest, "", true))
        .compose(
            response -> {
              var length = response.getHeader("Content-Length");
              return session.responses().stream(call, response, session.endpoint().origin())
                  .compose(
                      body -> {
                        if (length == null || length.equals(Long.toString(descriptor.size()))) {
                          return Future.succeededFuture(body);
                        }
                        body.abandon();
                        return Future.failedFuture(
                            RuntimeFault.precondition(
                                "blob "
                                    + digest
                                    + ": "
                                    + length
                                    + " bytes (expected: "
                                    + descriptor.size()
                                    + ")"));
                      });
            });
  }
}
