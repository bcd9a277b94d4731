package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.image.registry.Session.Question;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;

/** {@code GET /v2/<name>/blobs/<digest>}, all of it or from some byte on. */
final class BlobFetch {
  /**
   * A stretch of a blob.
   *
   * @param from the index of its first byte: the one that was asked for, or 0 from a server that
   *     does not know ranges
   */
  record Part(BlobStream body, long from) {}

  private BlobFetch() {}

  static Future<BlobStream> run(Call call, Session session, Descriptor descriptor) {
    return from(call, session, descriptor, 0).map(Part::body);
  }

  static Future<Part> from(Call call, Session session, Descriptor descriptor, long from) {
    var digest = Documents.checked(descriptor);
    return session
        .ask(call, new Question(HttpMethod.GET, "/blobs/" + digest, "", true, from))
        .compose(
            response ->
                session.responses().stream(call, response, session.endpoint().origin())
                    .compose(body -> checked(response, body, descriptor, from)));
  }

  private static Future<Part> checked(
      HttpClientResponse response, BlobStream body, Descriptor descriptor, long asked) {
    var from = response.statusCode() == 206 ? asked : 0;
    var left = Long.toString(descriptor.size() - from);
    var length = response.getHeader("Content-Length");
    if (length != null && !length.equals(left)) {
      return refused(body, "blob " + descriptor.digest() + ": " + length + " bytes", left);
    }
    var range = response.getHeader("Content-Range");
    if (response.statusCode() == 206
        && (range == null || !range.startsWith("bytes " + from + "-"))) {
      return refused(body, "blob " + descriptor.digest() + ": another range", "from " + from);
    }
    return Future.succeededFuture(new Part(body, from));
  }

  private static Future<Part> refused(BlobStream body, String what, String expected) {
    body.abandon();
    return Future.failedFuture(RuntimeFault.precondition(what + " (expected: " + expected + ")"));
  }
}
