package io.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.FakeHost;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.network.FakeNetworks;
import io.gantry.runtime.FakeRuntime;
import io.gantry.runtime.FakeRuntimes;
import io.gantry.sandbox.Pods;
import io.gantry.sandbox.Sandboxes;
import io.gantry.sandbox.Tenants;
import io.gantry.security.FakeConfinement;
import io.gantry.state.FakeState;
import io.gantry.streaming.AttachRequest;
import io.gantry.streaming.ExecRequest;
import io.gantry.streaming.StreamTarget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerStreamsTest {
  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final FakeRuntime runtime = new FakeRuntime();
  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  private Containers containers;
  private StreamTarget streams;
  private SandboxId pod;
  private ContainerId container;

  @BeforeEach
  void open() {
    var host = new FakeHost();
    var state = new FakeState();
    var runtimes = new FakeRuntimes(runtime);
    var clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
    var tenants = new AtomicReference<Tenants>();
    var sandboxes =
        Sandboxes.over(
                new Sandboxes.Parts(
                    host,
                    state,
                    new FakeNetworks(),
                    runtimes,
                    tenants::get,
                    new FakeConfinement(),
                    clock,
                    _ -> Future.failedFuture("no clock")),
                folder)
            .result();
    containers = TestContainers.over(vertx, host, state, sandboxes, runtimes, clock, folder);
    tenants.set(containers);
    streams = Containers.streams(containers, sandboxes, runtimes);
    pod = sandboxes.run(call, Pods.pod("web")).result();
    container = TestContainers.run(containers, call, "app", pod).result();
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  @Test
  void anExecIsTheRuntimes() {
    // When
    var session =
        streams
            .exec(call, container, new ExecRequest(List.of("sh"), true, true, true, false))
            .result();
    session.resize(80, 24);
    session.stdin().orElseThrow().end(Buffer.buffer("exit 3"));
    runtime.streams().getFirst().exits(3);
    session.close();

    // Then
    assertThat(runtime.verbs()).contains("execStream " + container + " sh");
    var made = runtime.streams().getFirst();
    assertThat(made.output().received()).hasToString("exit 3");
    assertThat(made.sizes()).containsExactly("80x24");
    assertThat(made.isClosed()).isTrue();
    assertThat(session.stderr()).isEmpty();
    assertThat(session.exit().result()).isEqualTo(3);
  }

  @Test
  void whoAttachesLearnsHowTheContainerEnds() {
    // Given
    var session =
        streams.attach(call, container, new AttachRequest(false, false, true, true)).result();

    // When
    runtime.end(container, 4);

    // Then
    assertThat(session.exit().result()).isEqualTo(4);
    assertThat(session.stdin()).isEmpty();
  }

  @Test
  void aPortIsDialledInItsPod() {
    // When
    var port = streams.dial(call, pod, 8080).result();
    port.toPod().end(Buffer.buffer("GET /"));
    port.close();

    // Then
    assertThat(runtime.verbs()).contains("dial " + pod + " 8080");
    assertThat(runtime.connections().getFirst().received()).hasToString("GET /");
    assertThat(runtime.connections().getFirst().isClosed()).isTrue();
  }

  @Test
  void whatHasEndedOrWasNeverHereHasNoStreams() {
    // Given
    var request = new ExecRequest(List.of("sh"), false, false, true, true);
    runtime.end(container, 0);

    // Then
    assertThat(kind(streams.exec(call, container, request))).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(kind(streams.exec(call, ContainerId.random(), request))).isEqualTo(Kind.NOT_FOUND);
    assertThat(kind(streams.dial(call, SandboxId.random(), 80))).isEqualTo(Kind.NOT_FOUND);
  }

  private static Kind kind(Future<?> failed) {
    return RuntimeFault.of(failed.cause()).kind();
  }
}
