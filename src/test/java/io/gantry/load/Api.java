package io.gantry.load;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.Map;

/** The REST API of Gantry, for those who measure it. */
record Api(Vertx vertx, HttpClient http, SocketAddress address) {
  /**
   * @param connections at once, at most
   */
  static Api of(Vertx vertx, Peer peer, int connections) {
    return new Api(
        vertx,
        vertx.createHttpClient(
            new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(connections)),
        SocketAddress.domainSocketAddress(peer.dir().resolve("run/api.sock").toString()));
  }

  /** An answer whose body has come. */
  record Answer(int status, String tag, Buffer body) {
    Answer expecting(int wanted) {
      if (status != wanted) {
        throw new IllegalStateException("status " + status + ": " + body);
      }
      return this;
    }
  }

  /** On an event loop: who asks for a body from elsewhere may be too late for it. */
  Future<Answer> ask(HttpMethod method, String path, Map<String, String> headers, Buffer body) {
    var answer = Promise.<Answer>promise();
    vertx.runOnContext(_ -> asked(method, path, headers, body).onComplete(answer));
    return answer.future();
  }

  private Future<Answer> asked(
      HttpMethod method, String path, Map<String, String> headers, Buffer body) {
    return http.request(options(method, path, headers))
        .compose(request -> request.send(body))
        .compose(
            response ->
                response
                    .body()
                    .map(
                        got ->
                            new Answer(
                                response.statusCode(),
                                String.valueOf(response.getHeader("ETag")),
                                got)));
  }

  Future<Answer> get(String path) {
    return ask(HttpMethod.GET, path, Map.of(), Buffer.buffer()).map(it -> it.expecting(200));
  }

  /** An answer that goes on; paused. */
  Future<HttpClientResponse> follow(String path) {
    return http.request(options(HttpMethod.GET, path, Map.of()))
        .compose(
            request -> {
              request.exceptionHandler(_ -> {});
              return request.send();
            })
        .onSuccess(response -> response.pause().exceptionHandler(_ -> {}));
  }

  private RequestOptions options(HttpMethod method, String path, Map<String, String> headers) {
    var options =
        new RequestOptions()
            .setServer(address)
            .setHost("localhost")
            .setMethod(method)
            .setURI("/v1" + path);
    headers.forEach(options::addHeader);
    return options;
  }

  void close() {
    Timed.await(http.close());
  }
}
