package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What is asked of a driver whose pods have a kernel of their own: the contract of the others looks
 * for processes and limits where the host would see them.
 */
public abstract class OwnKernelContract extends PodRuntimeFixture {
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

  @Test
  void pausedContainerIsKilled() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();
    on(() -> runtime.pause(call(), idle.id()));

    // When
    on(() -> runtime.signal(call(), idle.id(), 9, Reach.ALL));

    // Then
    assertThat(on(() -> runtime.exit(idle.id())).code()).isEqualTo(137);
    deleted(idle);
  }

  @Test
  void firstProcessIsSignalledByName() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var container =
        container("/bin/sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.1; done");
    run(container);
    awaitLog(container, "ready");

    // When
    on(() -> runtime.signal(call(), container.id(), 15, Reach.FIRST));

    // Then
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(5);
    deleted(container);
  }

  @Test
  void programThatIsNotThereFailsTheStart() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var container = container("/no/such/program");
    on(() -> runtime.create(call(), container));

    // When
    var fault = faultOf(() -> runtime.start(call(), container.id()));

    // Then
    assertThat(fault).hasMessageContaining("/no/such/program");
    deleted(container);
  }

  @Test
  void commandWhoseCallerHasGoneIsKilled() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();
    var call = call();
    var exec = onContext(() -> runtime.exec(call, idle.id(), command("/bin/sleep", "601")));
    awaitTrue(() -> commandLines(idle).contains("601"));

    // When
    call.cancel("gone");

    // Then
    assertThat(faultOf(() -> exec).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(commandLines(idle)).doesNotContain("601");
    deleted(idle);
  }

  private String commandLines(ContainerSpec container) {
    var command = command("/bin/sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    return on(() -> runtime.exec(call(), container.id(), command))
        .stdout()
        .toString()
        .replace(String.join(" ", command.command()), "");
  }

  @Test
  void numbersAreTheContainersOwn() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();

    // When
    var usage = on(() -> runtime.stats(call(), idle.id()));

    // Then
    assertThat(usage.memory().usage()).isPositive();
    assertThat(usage.memory().workingSet()).isBetween(1L, usage.memory().usage());
    assertThat(usage.tasks().current()).isEqualTo(1);
    deleted(idle);
  }
}
