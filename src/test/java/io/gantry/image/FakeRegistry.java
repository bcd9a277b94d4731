package io.gantry.image;

import io.gantry.ids.Digest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A registry in memory on 127.0.0.1 that can be told to misbehave, and remembers what it heard. */
final class FakeRegistry {
  /** A request as it came; {@code authorization} is empty if there was none. */
  record Heard(String line, String authorization, String accept) {}

  private record Content(String type, byte[] bytes) {}

  /** What becomes of a blob on its way. */
  private enum Trouble {
    STALLS,
    BREAKS,
    ENDS_EARLY,
    IS_DAMAGED
  }

  private final Vertx vertx;
  private final HttpServer server;
  private final boolean encrypted;
  private final Map<String, Content> contents = new ConcurrentHashMap<>();
  private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
  private final Map<String, String> redirects = new ConcurrentHashMap<>();
  private final Map<String, Trouble> troubles = new ConcurrentHashMap<>();
  private final Map<String, Promise<Void>> gates = new ConcurrentHashMap<>();
  private final List<Heard> heard = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> busy = new ConcurrentHashMap<>();
  private final AtomicInteger tokens = new AtomicInteger();
  private final AtomicInteger lives = new AtomicInteger();
  private volatile String retryAfter = "";
  private volatile int tokenLives;
  private volatile String challenge = "";
  private volatile String accepted = "";

  private FakeRegistry(Vertx vertx, HttpServerOptions options) throws Exception {
    this.vertx = vertx;
    this.encrypted = options.isSsl();
    this.server =
        vertx
            .createHttpServer(options)
            .requestHandler(this::handle)
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS);
  }

  static FakeRegistry open(Vertx vertx) throws Exception {
    return new FakeRegistry(vertx, new HttpServerOptions());
  }

  static FakeRegistry encrypted(Vertx vertx, HttpServerOptions options) throws Exception {
    return new FakeRegistry(vertx, options.setSsl(true));
  }

  String host() {
    return "127.0.0.1:" + server.actualPort();
  }

  String url() {
    return (encrypted ? "https://" : "http://") + host();
  }

  FakeRegistry with(String repository, String tag, TestImage image) {
    blob(repository, image.config());
    image.layers().forEach(layer -> blob(repository, layer));
    return manifest(repository, tag, TestImage.MANIFEST_TYPE, image.manifest());
  }

  FakeRegistry manifest(String repository, String tag, String type, byte[] content) {
    var digest = TestImage.digest(content);
    contents.put("/v2/" + repository + "/manifests/" + tag, new Content(type, content));
    contents.put("/v2/" + repository + "/manifests/" + digest, new Content(type, content));
    return this;
  }

  FakeRegistry blob(String repository, byte[] content) {
    return put("/v2/" + repository + "/blobs/" + TestImage.digest(content), content);
  }

  FakeRegistry put(String path, byte[] content) {
    contents.put(path, new Content("application/octet-stream", content));
    return this;
  }

  FakeRegistry without(String repository, Digest blob) {
    contents.remove("/v2/" + repository + "/blobs/" + blob);
    return this;
  }

  /** Half of the blob comes, then nothing, with the connection open. */
  FakeRegistry stalling(Digest blob) {
    troubles.put(blob.value(), Trouble.STALLS);
    return this;
  }

  /** Half of the blob comes, then the connection is closed. */
  FakeRegistry breaking(Digest blob) {
    troubles.put(blob.value(), Trouble.BREAKS);
    return this;
  }

  /** Half of the blob comes, and its length says that this is all. */
  FakeRegistry endingEarly(Digest blob) {
    troubles.put(blob.value(), Trouble.ENDS_EARLY);
    return this;
  }

  FakeRegistry damaging(Digest blob) {
    troubles.put(blob.value(), Trouble.IS_DAMAGED);
    return this;
  }

  FakeRegistry healed() {
    troubles.clear();
    refusals.clear();
    return this;
  }

  /** Blobs of this digest are not answered before the promise is completed. */
  Promise<Void> holding(Digest blob) {
    return gates.computeIfAbsent(blob.value(), _ -> Promise.promise());
  }

  FakeRegistry refusing(String path, int status) {
    refusals.put(path, status);
    return this;
  }

  FakeRegistry redirecting(String path, String to) {
    redirects.put(path, to);
    return this;
  }

  /** Asks everybody who does not show {@code authorization} with {@code header}. */
  FakeRegistry challenging(String header, String authorization) {
    challenge = header;
    accepted = authorization;
    return this;
  }

  /** Says "too many requests" so many times, and when to come back if that is not empty. */
  FakeRegistry busy(String path, int times, String when) {
    busy.put(path, times);
    retryAfter = when;
    return this;
  }

  /** Asks for a token of its own making, each good for so many requests. */
  FakeRegistry issuingTokens(int requests) {
    challenge = "Bearer realm=\"" + url() + "/token\"";
    accepted = "";
    tokenLives = requests;
    return this;
  }

  List<Heard> heard() {
    return List.copyOf(heard);
  }

  /** Requests that contain a word, such as {@code GET /v2/a/blobs/}. */
  List<Heard> heard(String part) {
    return heard.stream().filter(request -> request.line().contains(part)).toList();
  }

  void forget() {
    heard.clear();
  }

  private void handle(HttpServerRequest request) {
    var authorization = Optional.ofNullable(request.getHeader("Authorization")).orElse("");
    heard.add(
        new Heard(
            request.method() + " " + request.uri(),
            authorization,
            Optional.ofNullable(request.getHeader("Accept")).orElse("")));
    var path = request.path();
    if (path.equals("/token")) {
      answerToken(request);
    } else if (busy.getOrDefault(path, 0) > 0) {
      busy.merge(path, -1, Integer::sum);
      if (!retryAfter.isEmpty()) {
        request.response().putHeader("Retry-After", retryAfter);
      }
      request.response().setStatusCode(429).end("toomanyrequests");
    } else if (!challenge.isEmpty() && !mayPass(authorization)) {
      request.response().setStatusCode(401).putHeader("WWW-Authenticate", challenge).end("{}");
    } else if (refusals.containsKey(path)) {
      request.response().setStatusCode(refusals.get(path)).end("refused");
    } else if (redirects.containsKey(path)) {
      request.response().setStatusCode(307).putHeader("Location", redirects.get(path)).end();
    } else if (!contents.containsKey(path)) {
      request.response().setStatusCode(404).end("{\"errors\":[{\"code\":\"NOT_FOUND\"}]}");
    } else {
      var word = path.substring(path.lastIndexOf('/') + 1);
      Optional.ofNullable(gates.get(word))
          .filter(_ -> request.method().equals(HttpMethod.GET))
          .map(Promise::future)
          .orElseGet(Future::succeededFuture)
          .onSuccess(_ -> vertx.runOnContext(_ -> send(request, word, contents.get(path))));
    }
  }

  private boolean mayPass(String authorization) {
    return tokenLives == 0
        ? authorization.equals(accepted)
        : !accepted.isEmpty() && authorization.equals(accepted) && lives.getAndDecrement() > 0;
  }

  private void answerToken(HttpServerRequest request) {
    var token = tokenLives == 0 ? "t0ken" : "t0ken" + tokens.incrementAndGet();
    if (tokenLives > 0) {
      accepted = "Bearer " + token;
      lives.set(tokenLives);
    }
    request.response().end(new JsonObject().put("token", token).encode());
  }

  private void send(HttpServerRequest request, String word, Content content) {
    var response =
        request.response().putHeader("Content-Type", content.type()).exceptionHandler(_ -> {});
    var half = Buffer.buffer(content.bytes()).slice(0, content.bytes().length / 2);
    if (request.method().equals(HttpMethod.HEAD)) {
      response.putHeader("Content-Length", String.valueOf(content.bytes().length)).end();
      return;
    }
    switch (troubles.get(word)) {
      case null -> response.end(Buffer.buffer(content.bytes()));
      case ENDS_EARLY -> response.setChunked(true).end(half);
      case STALLS -> {
        response.putHeader("Content-Length", String.valueOf(content.bytes().length));
        response.write(half);
      }
      case BREAKS -> {
        response.putHeader("Content-Length", String.valueOf(content.bytes().length));
        response.write(half).onComplete(_ -> request.connection().close());
      }
      case IS_DAMAGED -> {
        var damaged = content.bytes().clone();
        damaged[damaged.length / 2] ^= 1;
        response.end(Buffer.buffer(damaged));
      }
    }
  }

  void close() throws Exception {
    server.close().await(10, TimeUnit.SECONDS);
  }
}
