package io.gantry.api;

import io.gantry.access.Access;
import io.gantry.call.Call;
import io.gantry.container.Containers;
import io.gantry.diagnosis.Diagnoses;
import io.gantry.doctor.Doctor;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.events.FactRing;
import io.gantry.handler.Handlers;
import io.gantry.host.Disk;
import io.gantry.host.SocketFile;
import io.gantry.image.Images;
import io.gantry.network.Networks;
import io.gantry.sandbox.Sandboxes;
import io.gantry.state.SequencedFact;
import io.gantry.state.State;
import io.gantry.stats.Stats;
import io.gantry.streaming.WebSocketStreams;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.validation.ValidatorException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The REST API on one Unix socket, as {@code openapi.yaml} describes it. */
public final class ApiVerticle extends VerticleBase {
  /** A key of the configuration. {@code source} is default, file, environment or flag. */
  public record Setting(String key, String value, String source, String meaning) {}

  /** What is behind the door. */
  public record Behind(
      Vertx vertx,
      Clock clock,
      Call.Tools tools,
      Disk disk,
      State state,
      FactRing<SequencedFact> facts,
      Handlers handlers,
      Networks networks,
      Sandboxes sandboxes,
      Containers containers,
      Images images,
      Stats stats,
      Diagnoses diagnoses,
      Doctor doctor,
      Access access,
      WebSocketStreams streams,
      Path logs,
      String version,
      List<Setting> settings) {}

  /**
   * What cannot be read is not answered sooner: who is still sending would be cut off, and never
   * read the answer. What comes meanwhile is thrown away.
   */
  private static final long LINGER_MILLIS = 300;

  private final ApiConfig config;
  private final Behind behind;
  private HttpServer server;
  private @Nullable HttpServer tls;

  @SuppressWarnings("NullAway.Init") // the server is made by start
  public ApiVerticle(ApiConfig config, Behind behind) {
    this.config = config;
    this.behind = behind;
  }

  @Override
  public Future<?> start() {
    server = vertx.createHttpServer(options());
    return behind
        .disk()
        .run(Contract::read)
        .compose(
            published ->
                OpenAPIContract.from(vertx, published.validationView())
                    .compose(contract -> listen(router(published, contract))));
  }

  /** What both sockets have. */
  static HttpServerOptions options() {
    return new HttpServerOptions()
        .setHandle100ContinueAutomatically(true)
        .setMaxInitialLineLength(ApiConfig.LINE_BYTES_MAX)
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setWebSocketSubProtocols(List.of(WebSocketStreams.SUBPROTOCOL));
  }

  private Future<Void> listen(Router router) {
    var file = file();
    server.requestHandler(router).invalidRequestHandler(unreadable(vertx));
    return file.prepare()
        .compose(
            _ -> server.listen(SocketAddress.domainSocketAddress(file.unfinished().toString())))
        .compose(_ -> tcp(router))
        .compose(_ -> file.publish())
        .compose(_ -> DaemonFacts.of(behind).started());
  }

  private Future<Void> tcp(Router router) {
    return config
        .tcp()
        .map(tcp -> new TlsListener(vertx, tcp, behind.clock()).listen(router))
        .map(listening -> listening.onSuccess(made -> tls = made).<Void>mapEmpty())
        .orElseGet(Future::succeededFuture);
  }

  private SocketFile file() {
    return new SocketFile(behind.disk(), config.socket());
  }

  private Router router(Contract published, OpenAPIContract contract) {
    var routes = RouterBuilder.create(vertx, contract, RequestExtractor.withBodyHandler());
    routes.rootHandler(BodyHandler.create(false).setBodyLimit(ApiConfig.BODY_BYTES_MAX));
    var door = new Door(routes, behind.tools(), published);
    serve(door);
    var root = Router.router(vertx);
    root.route().handler(new Guard(behind.access(), config.tcp())::arrived);
    var page = DocsPage.of(published);
    root.get("/docs").handler(context -> page(context, "text/html; charset=utf-8", page));
    var document = published.document().encodePrettily();
    root.get("/openapi.json").handler(context -> page(context, "application/json", document));
    root.post("/v1" + Contract.RAW_PATH).handler(context -> door.raw("importImages", context));
    root.route("/v1/*").subRouter(routes.createRouter());
    for (var status : List.of(404, 405, 413, 415)) {
      root.errorHandler(status, context -> refused(context, status));
    }
    root.route().failureHandler(ApiVerticle::failed);
    return root;
  }

  private static void page(RoutingContext context, String type, String text) {
    context
        .response()
        .putHeader("content-type", type)
        .putHeader("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
        .end(text);
  }

  /** All that is served. */
  private Set<String> serve(Door door) {
    var repeats = new Repeats(System::nanoTime);
    new NodeResource(behind).serve(door);
    new SandboxResource(behind).serve(door);
    new ContainerResource(behind).serve(door);
    new ImageResource(behind, repeats).serve(door);
    new OperationResource(behind.tools().journal(), behind.diagnoses()).serve(door);
    new EventResource(behind).serve(door);
    new ArchiveResource(behind.images(), behind.containers()).serve(door);
    new DrainResource(behind.sandboxes()).serve(door);
    new StreamResource(behind).serve(door);
    new OwnPods(behind, repeats).serve(door);
    new TokenResource(behind.access(), behind.clock(), repeats).serve(door);
    return door.served();
  }

  /** What does not fit the contract, or what no operation of it is. */
  private static void refused(RoutingContext context, int status) {
    var kind = status == 404 ? Kind.NOT_FOUND : Kind.INVALID_ARGUMENT;
    var asked = context.request().method() + " " + context.request().path();
    Door.problem(
        context,
        HttpFaults.problem(status, kind, asked + " (expected: an operation of openapi.yaml)"));
  }

  /** What is no HTTP, or too long for it, never gets to a router. */
  static Handler<HttpServerRequest> unreadable(Vertx vertx) {
    return request -> vertx.setTimer(LINGER_MILLIS, _ -> unreadable(request));
  }

  private static void unreadable(HttpServerRequest request) {
    var cause = request.decoderResult().cause();
    var status =
        switch (cause) {
          case TooLongHttpLineException _ -> 414;
          case TooLongHttpHeaderException _ -> 431;
          case null, default -> 400;
        };
    var detail =
        "request: %s (expected: HTTP/1.1, %d bytes in its first line at most)"
            .formatted(cause == null ? "unreadable" : cause.getMessage(), ApiConfig.LINE_BYTES_MAX);
    closing(
        request.response().setStatusCode(status),
        HttpFaults.problem(status, Kind.INVALID_ARGUMENT, detail).encode());
  }

  private static void closing(HttpServerResponse response, String problem) {
    response
        .putHeader("content-type", "application/problem+json")
        .putHeader("connection", "close")
        .end(problem);
  }

  private static void failed(RoutingContext context) {
    var status = context.statusCode();
    var cause = context.failure();
    if (cause == null || status == 404 || status == 405 || status == 413 || status == 415) {
      refused(context, status < 400 ? 500 : status);
    } else if ((status >= 400 && status < 500) || cause instanceof ValidatorException) {
      Door.problem(
          context,
          HttpFaults.problem(
              status >= 400 && status < 500 ? status : 400, // a value that no validator could read
              Kind.INVALID_ARGUMENT,
              String.valueOf(cause.getMessage())));
    } else {
      Door.fail(context, RuntimeFault.of(cause));
    }
  }

  @Override
  public Future<?> stop() {
    return server
        .close()
        .compose(_ -> tls == null ? Future.succeededFuture() : tls.close())
        .compose(_ -> file().remove());
  }
}
