package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Session.Question;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;

/** {@code HEAD /v2/<name>/blobs/<digest>}. */
final class BlobCheck {
  private BlobCheck() {}

  static Future<Boolean> run(Call call, Session session, Digest digest) {
    var origin = session.endpoint().origin();
    return session
        .ask(call, new Question(HttpMethod.HEAD, "/blobs/" + digest, "", true))
        .compose(
            response -> {
              var responses = session.responses();
              if (response.statusCode() == 404 || Session.isRedirect(response)) {
                var there = Session.isRedirect(response);
                return responses.drained(call, response, origin).map(there);
              }
              return responses.body(call, response, origin, 0).map(true);
            });
  }
}
