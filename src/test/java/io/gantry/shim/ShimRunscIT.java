package io.gantry.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.host.Host;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodRuntimeFixture;
import io.gantry.runtime.Reach;
import io.gantry.runtime.Recovered;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * gVisor's own shim, as build-gvisor.sh builds it: a container stands for the pod, and the others
 * join its kernel.
 */
@Tag("root")
@Tag("slow")
class ShimRunscIT extends PodRuntimeFixture {
  private static final Path GVISOR =
      Optional.ofNullable(System.getenv("GANTRY_CACHE"))
          .map(Path::of)
          .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "gantry"))
          .resolve("gvisor");

  private static final int CAP_SYS_RESOURCE = 24;

  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    var binary = binary();
    assumeTrue(Files.exists(binary), "the shim has been built");
    return Shim.runtime(
        vertx,
        host,
        Clock.systemUTC(),
        ShimConfig.of(
            binary,
            ShimOptions.parse("containerd-shim-runsc-v1", List.of("ConfigPath=" + configuration())),
            Optional.of(Path.of("/usr/bin/catatonit")),
            directory));
  }

  /** The real one, where root may give it the OOM score that it insists on. */
  private static Path binary() {
    try (var status = Files.lines(Path.of("/proc/self/status"))) {
      var privileged =
          status
              .filter(line -> line.startsWith("CapEff:"))
              .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .anyMatch(set -> (set >>> CAP_SYS_RESOURCE & 1) == 1);
      return GVISOR.resolve(privileged ? "" : "unprivileged").resolve("containerd-shim-runsc-v1");
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private Path configuration() {
    try {
      return Files.writeString(
          directory.resolve("runsc.toml"),
          """
          binary_name = "%s"
          root = "%s"
          grouping = true
          [runsc_config]
            platform = "systrap"
            network = "none"
          """
              .formatted(GVISOR.resolve("runsc"), directory.resolve("runsc")));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /** A namespace without a network, which runsc keeps for all that it will ever run. */
  @AfterEach
  void unmountWhatRunscKeeps() {
    on(() -> host.mounts().unmount(directory.resolve("runsc/k8s.io/null-netns")));
  }

  @Test
  void containersOfAPodRunOnOneKernelThatIsNotTheHosts() throws IOException {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();

    // When
    var ending = container("/bin/sh", "-c", "echo out; echo err >&2; exit 7");
    run(ending);
    var end = on(() -> runtime.exit(ending.id()));

    // Then
    assertThat(end.code()).isEqualTo(7);
    assertThat(end.known()).isTrue();
    assertThat(Files.readString(ending.log().orElseThrow()))
        .contains(" stdout F out\n")
        .contains(" stderr F err\n");
    assertThat(processesNaming(directory))
        .filteredOn(line -> line.contains("containerd-shim-runsc-v1"))
        .as("shims of the pod")
        .hasSize(1);
    var kernel =
        on(() -> runtime.exec(call(), idle.id(), command("/bin/busybox", "dmesg"))).stdout();
    assertThat(kernel.toString()).contains("gVisor");
    var exec =
        on(() -> runtime.exec(call(), idle.id(), command("/bin/sh", "-c", "echo hi; exit 3")));
    assertThat(exec.stdout().toString()).isEqualTo("hi\n");
    assertThat(exec.exitCode()).isEqualTo(3);
    on(() -> runtime.signal(call(), idle.id(), 9, Reach.ALL));
    assertThat(on(() -> runtime.exit(idle.id())).code()).isEqualTo(137);
    deleted(ending, idle);
  }

  @Test
  void restartFindsThePodAndItsContainers() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();

    // When
    var found = restart();

    // Then
    assertThat(found.get(idle.id())).isInstanceOf(Recovered.Running.class);
    assertThat(
            on(() -> runtime.exec(call(), idle.id(), command("/bin/echo", "here")))
                .stdout()
                .toString())
        .isEqualTo("here\n");
    deleted(idle);
  }

  @Test
  void terminalOfAnExecHasTheSizesThatItIsGiven() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();
    var command = List.of("/bin/sh", "-c", "read line; stty size; read line; stty size; exit 3");
    var said = Buffer.buffer();
    var over = Promise.<Void>promise();

    // When
    var exec =
        on(
            () ->
                runtime
                    .execStream(
                        call(), idle.id(), new ExecStreamSpec(command, true, true, true, false))
                    .onSuccess(
                        streams ->
                            streams
                                .stdout()
                                .orElseThrow()
                                .handler(said::appendBuffer)
                                .endHandler(_ -> over.complete())));
    for (var width : List.of(132, 101)) {
      await(exec.resize(width, 50));
      await(exec.stdin().orElseThrow().write(Buffer.buffer("go\n")));
      awaitTrue(() -> said.toString().contains("50 " + width));
    }

    // Then
    assertThat(await(exec.exit())).isEqualTo(3);
    await(over.future());
    exec.close();
    deleted(idle);
  }

  @Test
  void pausedContainerGoesOnWhenItIsResumed() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();

    // When
    on(() -> runtime.pause(call(), idle.id()));
    on(() -> runtime.resume(call(), idle.id()));

    // Then
    assertThat(on(() -> runtime.exec(call(), idle.id(), command("/bin/true"))).exitCode()).isZero();
    deleted(idle);
  }

  @Test
  void whatWasNeverStartedIsKilledAndDeleted() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();
    var created = container("/bin/sleep", "600");
    on(() -> runtime.create(call(), created));

    // When
    on(() -> runtime.signal(call(), created.id(), 9, Reach.ALL));

    // Then
    assertThat(on(() -> runtime.exit(created.id())).code()).isEqualTo(137);
    assertThat(
            on(() -> runtime.exec(call(), idle.id(), command("/bin/echo", "here")))
                .stdout()
                .toString())
        .isEqualTo("here\n");
    deleted(created, idle);
  }

  private void deleted(ContainerSpec... containers) {
    for (var container : containers) {
      on(() -> runtime.delete(call(), container.id()));
    }
  }
}
