package io.gantry.image.registry;

import io.gantry.call.Call;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Sends one request and gives its answer, paused. Follows nothing and shows no credentials by
 * itself. A cancelled call resets the request.
 */
final class Sender {
  /**
   * A request.
   *
   * @param tls how the server's certificate is checked
   * @param dialTimeout how long the connection may take, if not as long as others
   * @param body empty for none
   */
  record Request(
      HttpMethod method,
      URI address,
      Tls tls,
      Optional<Duration> dialTimeout,
      MultiMap headers,
      Buffer body) {
    static Request of(HttpMethod method, URI address, Tls tls) {
      return new Request(
          method,
          address,
          tls,
          Optional.empty(),
          MultiMap.caseInsensitiveMultiMap(),
          Buffer.buffer());
    }

    String origin() {
      return Origins.of(address);
    }
  }

  private final Clients clients;
  private final RegistryConfig config;

  Sender(Clients clients, RegistryConfig config) {
    this.clients = clients;
    this.config = config;
  }

  Future<HttpClientResponse> send(Call call, Request request) {
    return call.alive()
        .compose(_ -> once(call, request))
        .recover(
            cause -> // a kept connection may have been closed by the server meanwhile
            cause instanceof HttpClosedException && call.over().isEmpty()
                    ? once(call, request)
                    : Future.failedFuture(cause))
        .recover(
            cause ->
                Future.failedFuture(
                    call.over().orElseGet(() -> NetworkFaults.of(request.origin(), cause))));
  }

  private Future<HttpClientResponse> once(Call call, Request request) {
    var options =
        new RequestOptions()
            .setMethod(request.method())
            .setAbsoluteURI(request.address().toString())
            .setHeaders(
                MultiMap.caseInsensitiveMultiMap()
                    .add("User-Agent", "gantry")
                    .addAll(request.headers()));
    request.dialTimeout().ifPresent(timeout -> options.setConnectTimeout(timeout.toMillis()));
    config.proxies().on(request.address()).ifPresent(options::setProxyOptions);
    return clients
        .checking(request.tls())
        .request(options)
        .compose(opened -> answered(call, opened, request.body()));
  }

  private Future<HttpClientResponse> answered(Call call, HttpClientRequest opened, Buffer body) {
    var unwatch = call.onCancel(opened::reset);
    return (body.length() == 0 ? opened.send() : opened.send(body))
        .map(HttpClientResponse::pause)
        .timeout(config.stallTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .andThen(
            done -> {
              unwatch.run();
              if (done.failed()) {
                opened.reset();
              }
            });
  }
}
