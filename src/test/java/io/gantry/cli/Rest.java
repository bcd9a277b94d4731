package io.gantry.cli;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The REST API as a program asks it, over the Unix socket. */
final class Rest implements AutoCloseable {
  /** The whole of an answer. */
  record Answer(int status, Map<String, String> headers, Buffer body) {
    JsonObject object() {
      return body.toJsonObject();
    }

    JsonArray array() {
      return body.toJsonArray();
    }

    /** Empty if there is none. */
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    static Future<Answer> of(HttpClientResponse response) {
      return response
          .body()
          .map(body -> new Answer(response.statusCode(), Rest.headers(response), body));
    }
  }

  private static Map<String, String> headers(HttpClientResponse response) {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    response.headers().forEach(it -> headers.put(it.getKey(), it.getValue()));
    return headers;
  }

  private static final int PATIENCE_SECONDS = 60;
  private static final int CONNECTIONS_MAX = 32;

  private final HttpClientAgent http;
  private final WebSocketClient webSockets;
  private final SocketAddress address;

  private Rest(HttpClientAgent http, WebSocketClient webSockets, SocketAddress address) {
    this.http = http;
    this.webSockets = webSockets;
    this.address = address;
  }

  static Rest on(Vertx vertx, Path socket) {
    return new Rest(
        vertx.createHttpClient(
            new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(CONNECTIONS_MAX)),
        vertx.createWebSocketClient(new WebSocketClientOptions()),
        SocketAddress.domainSocketAddress(socket.toString()));
  }

  /** A client over TCP that trusts any server and comes from an address of its own on loopback. */
  static Rest over(Vertx vertx, int port, String from) {
    return new Rest(
        vertx.createHttpClient(
            new HttpClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setLocalAddress(from)),
        vertx.createWebSocketClient(
            new WebSocketClientOptions().setSsl(true).setTrustAll(true).setVerifyHost(false)),
        SocketAddress.inetSocketAddress(port, "127.0.0.1"));
  }

  Answer get(String path) {
    return ask("GET", path, Map.of(), Buffer.buffer());
  }

  Answer delete(String path) {
    return ask("DELETE", path, Map.of(), Buffer.buffer());
  }

  Answer post(String path, JsonObject body) {
    return ask("POST", path, Map.of(), body.toBuffer());
  }

  Answer post(String path) {
    return ask("POST", path, Map.of(), Buffer.buffer());
  }

  /**
   * @param path below {@code /v1}, with its query
   * @param body sent as JSON unless the headers say otherwise; an empty one is none
   */
  Answer ask(String method, String path, Map<String, String> headers, Buffer body) {
    return answered(
        request(method, path, headers)
            .compose(
                request -> {
                  if (body.length() > 0) {
                    request.putHeader(
                        "Content-Type", headers.getOrDefault("Content-Type", "application/json"));
                  }
                  return request.send(body).compose(Answer::of);
                }));
  }

  private Future<HttpClientRequest> request(
      String method, String path, Map<String, String> headers) {
    var options =
        new RequestOptions()
            .setServer(address)
            .setHost("localhost")
            .setMethod(HttpMethod.valueOf(method))
            .setURI("/v1" + path);
    headers.forEach(options::addHeader);
    return http.request(options);
  }

  /** An answer that goes on: its head has come. */
  HttpClientResponse begun(String path, Map<String, String> headers) {
    return answered(
        request("GET", path, headers)
            .compose(
                request -> {
                  request.exceptionHandler(_ -> {}); // it is cut by whoever asked
                  return request.send();
                })
            .onSuccess(response -> response.pause().exceptionHandler(_ -> {})));
  }

  /** Asks for a WebSocket, and lets it go when the daemon has said what it says to that. */
  Answer upgraded(String path, String protocol) {
    var headers =
        Map.of(
            "Connection", "Upgrade",
            "Upgrade", "websocket",
            "Sec-WebSocket-Version", "13",
            "Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==",
            "Sec-WebSocket-Protocol", protocol);
    return answered(
        request("GET", path, headers)
            .compose(
                request ->
                    request
                        .connect()
                        .map(
                            response -> {
                              request.exceptionHandler(_ -> {});
                              response.exceptionHandler(_ -> {});
                              request.connection().close();
                              return new Answer(
                                  response.statusCode(), headers(response), Buffer.buffer());
                            })));
  }

  /** Only over TCP: the client of Vert.x knows no WebSockets on a Unix socket. */
  WebSocket webSocket(String path, String token) {
    var options =
        new WebSocketConnectOptions()
            .setHost(address.host())
            .setPort(address.port())
            .setURI("/v1" + path)
            .addHeader("Authorization", "Bearer " + token);
    return answered(webSockets.connect(options).onSuccess(WebSocket::pause));
  }

  private static <T> T answered(Future<T> future) {
    try {
      return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new IllegalStateException("no answer within " + PATIENCE_SECONDS + " s", late);
    }
  }

  @Override
  public void close() {
    answered(Future.join(http.close(), webSockets.close()));
  }
}
