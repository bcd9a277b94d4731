package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.container.Containers;
import io.gantry.events.FactRing;
import io.gantry.host.Disk;
import io.gantry.host.OutputBudget;
import io.gantry.host.SocketFile;
import io.gantry.image.Images;
import io.gantry.network.Networks;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Sandboxes;
import io.gantry.state.SequencedFact;
import io.gantry.stats.Stats;
import io.gantry.streaming.Streams;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import java.time.Clock;
import java.util.concurrent.TimeUnit;

/** The CRI on one Unix socket. Owns the socket and nothing else. */
public final class CriVerticle extends VerticleBase {
  /** What is behind the door. {@code shown} is what a verbose status tells of the configuration. */
  public record Behind(
      Call.Tools tools,
      Disk disk,
      Sandboxes sandboxes,
      Containers containers,
      Images images,
      Stats stats,
      Streams streams,
      Networks networks,
      Cdi cdi,
      Runtimes runtimes,
      FactRing<SequencedFact> facts,
      Clock clock,
      String version,
      JsonObject shown) {}

  /** Clients cancel calls at will; the default limit of resets would cut the kubelet off. */
  private static final int RESETS_MAX = 1_000_000;

  private static final int CALLS_AT_ONCE_MAX = 4096;

  private final CriConfig config;
  private final Behind behind;
  private HttpServer server;

  @SuppressWarnings("NullAway.Init") // the server is made by start
  public CriVerticle(CriConfig config, Behind behind) {
    this.config = config;
    this.behind = behind;
  }

  @Override
  public Future<?> start() {
    var grpc =
        GrpcServer.server(
            vertx, new GrpcServerOptions().setMaxMessageSize(config.messageBytesMax()));
    register(
        new Rpcs(vertx, grpc, behind.tools()),
        behind,
        vertx,
        OutputBudget.of(config.execOutputBytes()));
    var options =
        new HttpServerOptions()
            .setHttp2RstFloodMaxRstFramePerWindow(RESETS_MAX)
            .setMaxFormAttributeSize(-1);
    options.getInitialSettings().setMaxConcurrentStreams(CALLS_AT_ONCE_MAX);
    server = vertx.createHttpServer(options).requestHandler(grpc);
    return bind();
  }

  private Future<Void> bind() {
    var file = file();
    return file.prepare()
        .compose(
            _ -> server.listen(SocketAddress.domainSocketAddress(file.unfinished().toString())))
        .compose(_ -> file.publish());
  }

  private SocketFile file() {
    return new SocketFile(behind.disk(), config.socket());
  }

  /** All that is built. */
  static void register(Rpcs rpcs, Behind behind, Vertx vertx, OutputBudget execOutput) {
    var answers = new ContainerAnswers(behind.containers());
    var visible = new Visible(behind.sandboxes(), behind.containers());
    new NodeRpcs(
            behind.version(), behind.networks(), behind.cdi(), behind.runtimes(), behind.shown())
        .register(rpcs);
    new SandboxRpcs(visible, answers, behind.clock()).register(rpcs);
    new ContainerRpcs(visible, execOutput).register(rpcs);
    new StatsRpcs(visible, behind.stats()).register(rpcs);
    new StreamingRpcs(visible, behind.streams()).register(rpcs);
    new MetricsRpcs(visible, behind.stats()).register(rpcs);
    new ImageRpcs(behind.images(), behind.clock()).register(rpcs);
    new EventRpcs(vertx, behind.facts(), behind.sandboxes(), answers).register(rpcs);
  }

  /** Refuses new calls at once; lets those under way finish within {@link CriConfig#drain}. */
  @Override
  public Future<?> stop() {
    return server
        .shutdown(config.drain().toMillis(), TimeUnit.MILLISECONDS)
        .compose(_ -> file().remove());
  }
}
