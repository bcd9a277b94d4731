package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gantry.client.Waiting;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What every driver does. Each call is made on a Vert.x context and must complete there; after each
 * test no process, mount or control group may be left.
 */
public abstract class PodRuntimeContract extends PodStreamsContract {
  @Test
  void tellsHowAContainerEndedAndWritesItsLog() throws IOException {
    // Given
    var container = container("/bin/sh", "-c", "echo out; echo err >&2; exit 7");

    // When
    run(container);
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isEqualTo(7);
    assertThat(end.known()).isTrue();
    assertThat(end.oomKilled()).isFalse();
    assertThat(end.at()).isCloseTo(Instant.now(), within(10, ChronoUnit.SECONDS));
    var lines = Files.readAllLines(container.log().orElseThrow());
    assertThat(lines)
        .anyMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+\\+00:00 stdout F out"))
        .anyMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+\\+00:00 stderr F err"));
  }

  @Test
  void createdContainerWaitsForItsStart() throws IOException {
    // Given
    var container = container("/bin/sh", "-c", "echo hello");

    // When
    var process = on(() -> runtime.create(call(), container));

    // Then
    assertThat(on(() -> host.processes().alive(process.first()))).isTrue();
    assertThat(on(() -> host.processes().alive(process.monitor()))).isTrue();
    assertThat(Files.readString(container.log().orElseThrow())).isEmpty();
  }

  @Test
  void everyOneWhoAsksForTheExitGetsTheSameAnswer() {
    // Given
    var container = container("/bin/sleep", "0.2");
    run(container);

    // When
    var early = onContext(() -> runtime.exit(container.id()));
    var other = onContext(() -> runtime.exit(container.id()));
    var end = await(early);

    // Then
    assertThat(await(other)).isEqualTo(end);
    assertThat(on(() -> runtime.exit(container.id()))).isEqualTo(end);
  }

  @Test
  void failedCreateLeavesNothingAndSaysWhy() {
    // Given
    var container = container("/no/such/program");

    // When
    var fault = faultOf(() -> runtime.create(call(), container));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("create: ").hasMessageContaining("/no/such/program");
    assertThat(on(() -> host.cgroups().children(group))).isEmpty();
    assertThat(left()).isEmpty();
    assertThat(faultOf(() -> runtime.exit(container.id())).kind()).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void createWhoseCallerHasGoneLeavesNothing() {
    // Given
    var container = container("/bin/sleep", "60");
    var call = call();
    call.cancel("gone");

    // When
    var fault = faultOf(() -> runtime.create(call, container));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(left()).isEmpty();
  }

  @Test
  void startsOnlyOnce() {
    // Given
    var container = container("/bin/sleep", "60");
    run(container);

    // When
    var fault = faultOf(() -> runtime.start(call(), container.id()));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(on(() -> runtime.exec(call(), container.id(), command("/bin/true"))).exitCode())
        .isZero();
  }

  @Test
  void verbsOnWhatIsNotThereAreNotFound() {
    // Given
    var nobody = ContainerId.random();

    // Then
    assertThat(faultOf(() -> runtime.start(call(), nobody)).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.exit(nobody)).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.signal(call(), nobody, 15, Reach.FIRST)).kind())
        .isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.exec(call(), nobody, command("/bin/true"))).kind())
        .isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.reopenLog(call(), nobody)).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.podEnded(SandboxId.random())).kind())
        .isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.checkpoint(call(), nobody, directory)).kind())
        .isEqualTo(Kind.NOT_FOUND);
    on(() -> runtime.delete(call(), nobody));
    on(() -> runtime.close(call(), SandboxId.random()));
  }

  @Test
  void signalsTheFirstProcess() {
    // Given
    var container =
        container("/bin/sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done");
    run(container);
    awaitLog(container, "ready");

    // When
    on(() -> runtime.signal(call(), container.id(), 15, Reach.FIRST));

    // Then
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(9);
  }

  @Test
  void pausedContainerStandsStillUntilItIsResumed() {
    // Given
    var container = container("/bin/sh", "-c", "while :; do echo on; sleep 0.01; done");
    run(container);
    awaitLog(container, "on");

    // When
    on(() -> runtime.pause(call(), container.id()));
    on(() -> runtime.pause(call(), container.id()));

    // Then
    await(vertx.timer(100, TimeUnit.MILLISECONDS)); // what it had said is in the log by then
    var said = logged(container);
    await(vertx.timer(200, TimeUnit.MILLISECONDS));
    assertThat(logged(container)).isEqualTo(said);

    // When
    restart();
    on(() -> runtime.resume(call(), container.id()));
    on(() -> runtime.resume(call(), container.id()));

    // Then
    awaitTrue(() -> logged(container) > said);
  }

  private static long logged(ContainerSpec container) {
    return container.log().orElseThrow().toFile().length();
  }

  @Test
  void pausedContainerIsKilled() {
    // Given
    var container = sleeping();
    on(() -> runtime.pause(call(), container.id()));

    // When
    on(() -> runtime.signal(call(), container.id(), 9, Reach.ALL));

    // Then
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(137);
    assertThat(faultOf(() -> runtime.pause(call(), container.id())).kind())
        .isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(faultOf(() -> runtime.resume(call(), ContainerId.random())).kind())
        .isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void killsEveryProcess() {
    // Given
    var container = container("/bin/sh", "-c", "setsid sleep 600 & echo ready; sleep 600");
    run(container);
    awaitLog(container, "ready");

    // When
    on(() -> runtime.signal(call(), container.id(), 9, Reach.ALL));

    // Then
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(137);
    assertThat(on(() -> host.cgroups().processes(cgroup(container.id())))).isEmpty();
  }

  @Test
  void signalsAfterTheEndAreWithoutEffect() {
    // Given
    var container = container("/bin/true");
    run(container);
    on(() -> runtime.exit(container.id()));

    // When
    on(() -> runtime.signal(call(), container.id(), 15, Reach.FIRST));
    on(() -> runtime.signal(call(), container.id(), 15, Reach.ALL));
    on(() -> runtime.signal(call(), container.id(), 9, Reach.ALL));

    // Then
    assertThat(on(() -> runtime.exit(container.id())).code()).isZero();
  }

  @Test
  void deletesWhatStillRunsAndDeletesTwice() {
    // Given
    var container = container("/bin/sleep", "600");
    run(container);
    var end = onContext(() -> runtime.exit(container.id()));

    // When
    on(() -> runtime.delete(call(), container.id()));
    on(() -> runtime.delete(call(), container.id()));

    // Then
    assertThat(await(end).code()).isEqualTo(137);
    assertThat(left()).isEmpty();
    assertThat(faultOf(() -> runtime.exit(container.id())).kind()).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void deletesWhatWasNeverStarted() {
    // Given
    var container = container("/bin/sleep", "600");
    on(() -> runtime.create(call(), container));

    // When
    on(() -> runtime.delete(call(), container.id()));

    // Then
    assertThat(left()).isEmpty();
  }

  @Test
  void deletedIdCanBeMadeAnew() {
    // Given
    var container = container("/bin/sh", "-c", "exit 3");
    run(container);
    on(() -> runtime.exit(container.id()));
    on(() -> runtime.delete(call(), container.id()));

    // When
    on(() -> runtime.create(call(), container));
    on(() -> runtime.start(call(), container.id()));

    // Then
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(3);
  }

  @Test
  void writesOfAContainerStayInItsOwnLayer() {
    // Given
    var container = container("/bin/sh", "-c", "echo mine > /file; sleep 600");

    // When
    run(container);
    var told =
        on(
            () ->
                runtime.exec(
                    call(),
                    container.id(),
                    command(
                        "/bin/sh", "-c", "while ! [ -s /file ]; do sleep 0.02; done; cat /file")));

    // Then
    assertThat(told.stdout().toString()).isEqualTo("mine\n");
    assertThat(hasWritten(container, "file")).isTrue();
    assertThat(layer.resolve("file")).doesNotExist();
  }

  /** Whether {@code file} of the root lies where the container's own writes do. */
  protected boolean hasWritten(ContainerSpec container, String file) {
    return Files.exists(container.rootfs().upper().resolve(file));
  }

  @Test
  void lackOfMemoryIsTold() {
    // Given
    var container =
        container(spec -> Specs.limitedTo(16 << 20, spec), "/bin/sh", "-c", "exec tail /dev/zero");

    // When
    run(container);
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isEqualTo(137);
    assertThat(end.oomKilled()).isTrue();
  }

  @Test
  void lackOfMemoryThatOnlyAChildDiedOfIsNot() {
    // Given
    var container =
        container(
            spec -> Specs.limitedTo(16 << 20, spec), "/bin/sh", "-c", "tail /dev/zero; exit 0");

    // When
    run(container);
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isZero();
    assertThat(end.oomKilled()).isFalse();
  }

  @Test
  void terminalIsOneStream() throws IOException {
    // Given
    var container = terminal("/bin/sh", "-c", "stty -a >/dev/null && echo is a terminal >&2");

    // When
    run(container);
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isZero();
    assertThat(Files.readString(container.log().orElseThrow())).contains(" stdout F is a terminal");
  }

  @Test
  void execTellsOutputAndCode() {
    // Given
    var container = sleeping();

    // When
    var result =
        on(
            () ->
                runtime.exec(
                    call(),
                    container.id(),
                    command("/bin/sh", "-c", "echo out; echo err >&2; exit 3")));

    // Then
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.stdout().toString()).isEqualTo("out\n");
    assertThat(result.stderr().toString()).isEqualTo("err\n");
    assertThat(result.truncated()).isFalse();
    assertThat(
            Waiting.until(
                Duration.ofSeconds(10),
                () -> listing(container.directory().resolve("exec")).isEmpty()))
        .as("nothing of it is left in a moment")
        .isTrue();
  }

  @Test
  void execOutputIsCapped() {
    // Given
    var container = sleeping();

    // When
    var result =
        on(
            () ->
                runtime.exec(
                    call(),
                    container.id(),
                    new ExecSpec(
                        List.of("/bin/sh", "-c", "yes | head -c 3000000; echo end >&2"),
                        Optional.empty(),
                        1000)));

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.stdout().length()).isEqualTo(1000);
    assertThat(result.stderr().toString()).isEqualTo(wordsAtABrokenPipe() + "end\n");
    assertThat(result.truncated()).isTrue();
  }

  /** What yes(1) says when nobody reads any more: nothing, for SIGPIPE ends it. */
  protected String wordsAtABrokenPipe() {
    return "";
  }

  @Test
  void execOfWhatIsNotThereSaysSo() {
    // Given
    var container = sleeping();

    // When
    var fault = faultOf(() -> runtime.exec(call(), container.id(), command("/no/such/program")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("/no/such/program");
  }

  @Test
  void execPastItsTimeoutIsKilledWithAllItStarted() {
    // Given
    var container = sleeping();
    var before = on(() -> host.cgroups().processes(cgroup(container.id())));
    var since = System.nanoTime();

    // When
    var fault =
        faultOf(
            () ->
                runtime.exec(
                    call(),
                    container.id(),
                    new ExecSpec(
                        List.of("/bin/sh", "-c", "sleep 601 & (setsid sleep 602 &); sleep 603"),
                        Optional.of(Duration.ofSeconds(1)),
                        1000)));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(fault)
        .hasMessage(
            "exec: /bin/sh -c sleep 601 & (setsid sleep 602 &); sleep 603"
                + " (expected: to end within 1 s)");
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(3));
    assertThat(on(() -> host.cgroups().processes(cgroup(container.id()))))
        .containsExactlyElementsOf(before);
  }

  @Test
  void execWhoseCallerLeavesIsKilled() {
    // Given
    var container = sleeping();
    var before = on(() -> host.cgroups().processes(cgroup(container.id())));
    var call = call();
    var exec = onContext(() -> runtime.exec(call, container.id(), command("/bin/sleep", "600")));
    awaitTrue(
        () -> on(() -> host.cgroups().processes(cgroup(container.id()))).size() > before.size());

    // When
    call.cancel("gone");

    // Then
    assertThat(faultOf(() -> exec).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(on(() -> host.cgroups().processes(cgroup(container.id()))))
        .containsExactlyElementsOf(before);
  }

  @Test
  void backgroundChildThatHoldsThePipeDoesNotDelayExec() {
    // Given
    var container = sleeping();
    var since = System.nanoTime();

    // When
    var result =
        on(
            () ->
                runtime.exec(
                    call(), container.id(), command("/bin/sh", "-c", "sleep 600 & echo done")));

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.stdout().toString()).isEqualTo("done\n");
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void manyExecsAtOnceDoNotMixTheirOutput() {
    // Given
    var container = sleeping();

    // When
    var results =
        List.of(1, 2, 3, 4, 5).stream()
            .map(
                number ->
                    onContext(
                        () ->
                            runtime.exec(
                                call(), container.id(), command("/bin/echo", "" + number))))
            .toList();

    // Then
    for (var i = 0; i < results.size(); i++) {
      assertThat(await(results.get(i)).stdout().toString()).isEqualTo((i + 1) + "\n");
    }
  }

  @Test
  void execInWhatHasEndedIsRefused() {
    // Given
    var container = container("/bin/true");
    run(container);
    on(() -> runtime.exit(container.id()));

    // When
    var fault = faultOf(() -> runtime.exec(call(), container.id(), command("/bin/true")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
  }

  @Test
  void reopenedLogLosesNoLine() throws IOException {
    // Given
    var lines = 200;
    var container =
        container(
            "/bin/sh",
            "-c",
            "i=0; while [ $i -lt " + lines + " ]; do echo $i; i=$((i+1)); sleep 0.002; done");
    var log = container.log().orElseThrow();
    run(container);
    awaitLog(container, "F 20\n");

    // When
    var moved = log.resolveSibling("moved.log");
    Files.move(log, moved);
    on(() -> runtime.reopenLog(call(), container.id()));

    // Then
    assertThat(log).exists();
    on(() -> runtime.exit(container.id()));
    var told = new ArrayList<>(Files.readAllLines(moved));
    told.addAll(Files.readAllLines(log));
    assertThat(told).hasSize(lines);
    assertThat(Files.readAllLines(log)).isNotEmpty();
  }

  @Test
  void containerWithoutMonitorIsKilledAndItsEndUnknown() {
    // Given
    var container = container("/bin/sh", "-c", "setsid sleep 600 & sleep 600");
    var process = run(container);
    var since = System.nanoTime();

    // When
    on(() -> host.processes().signal(process.monitor(), 9));
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(2));
    assertThat(end.code()).isEqualTo(255);
    assertThat(end.known()).isFalse();
    assertThat(on(() -> host.cgroups().processes(cgroup(container.id())))).isEmpty();
  }

  @Test
  void restartFindsWhatRuns() {
    // Given
    var container = sleeping();

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isInstanceOf(Recovered.Running.class);
    assertThat(
            on(() -> runtime.exec(call(), container.id(), command("/bin/echo", "hi")))
                .stdout()
                .toString())
        .isEqualTo("hi\n");
    on(() -> runtime.signal(call(), container.id(), 9, Reach.FIRST));
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(137);
  }

  @Test
  void restartFindsWhatWaits() {
    // Given
    var container = container("/bin/sh", "-c", "exit 4");
    var process = on(() -> runtime.create(call(), container));

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isEqualTo(new Recovered.Waiting(process));
    on(() -> runtime.start(call(), container.id()));
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(4);
  }

  @Test
  void restartFindsWhatEndedMeanwhile() {
    // Given
    var container = container("/bin/sh", "-c", "exit 5");
    run(container);
    var end = on(() -> runtime.exit(container.id()));

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isEqualTo(new Recovered.Ended(end));
    assertThat(on(() -> runtime.exit(container.id()))).isEqualTo(end);
  }

  @Test
  void restartFindsNothingOfWhatWasNeverMade() {
    // Given
    var container = container("/bin/true");

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isInstanceOf(Recovered.Ended.class);
    assertThat(on(() -> runtime.exit(container.id())).known()).isFalse();
  }

  @Test
  void restartClearsWhatNobodyKnows() {
    // Given
    var container = sleeping();
    made.clear();

    // When
    restart();

    // Then
    assertThat(left()).isEmpty();
    assertThat(listing(container.directory())).isEmpty();
  }

  @Test
  void restartEndsExecsThatWereLeft() {
    // Given
    var container = sleeping();
    var before = on(() -> host.cgroups().processes(cgroup(container.id())));
    var exec = onContext(() -> runtime.exec(call(), container.id(), command("/bin/sleep", "600")));
    awaitTrue(
        () -> on(() -> host.cgroups().processes(cgroup(container.id()))).size() > before.size());

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isInstanceOf(Recovered.Running.class);
    assertThat(on(() -> host.cgroups().processes(cgroup(container.id()))))
        .containsExactlyElementsOf(before);
    assertThat(await(exec).exitCode()).isEqualTo(137);
  }

  @Test
  void restartKillsWhatLostItsMonitorMeanwhile() {
    // Given
    var container = sleeping();
    var process = ((Recovered.Running) restart().get(container.id())).process();
    var forgotten = runtime;
    on(() -> host.processes().signal(process.monitor(), 9));
    on(() -> host.processes().ended(process.monitor()));

    // When
    var found = restart();

    // Then
    assertThat(forgotten).isNotSameAs(runtime);
    assertThat(((Recovered.Ended) found.get(container.id())).status().code()).isEqualTo(255);
    assertThat(on(() -> host.cgroups().processes(cgroup(container.id())))).isEmpty();
  }

  @Test
  void podWithoutSharedPidHasNoProcess() {
    // Given
    var spec = pod(false);

    // When
    var process = on(() -> runtime.open(call(), spec));

    // Then
    assertThat(process.process()).isEmpty();
    assertThat(onContext(() -> runtime.podEnded(pod)).isComplete()).isFalse();
  }

  @Test
  void containersOfAPodShareItsPidNamespace() throws IOException {
    // Given
    var holder = on(() -> runtime.open(call(), pod(true))).process().orElseThrow();
    var namespace = Path.of("/proc/" + holder.pid() + "/ns/pid");

    // When
    var container = sharing(namespace, "/bin/sleep", "600");
    var process = run(container);

    // Then
    assertThat(Files.readSymbolicLink(Path.of("/proc/" + process.first().pid() + "/ns/pid")))
        .isEqualTo(Files.readSymbolicLink(namespace));
    var listed = on(() -> runtime.exec(call(), container.id(), command("/bin/ps", "-o", "args")));
    assertThat(listed.stdout().toString()).contains("catatonit").contains("sleep 600");
  }

  @Test
  void endOfTheSharedPidNamespaceIsTold() {
    // Given
    var holder = on(() -> runtime.open(call(), pod(true))).process().orElseThrow();
    restart();
    var ended = onContext(() -> runtime.podEnded(pod));

    // When
    on(() -> host.processes().signal(holder, 9));

    // Then
    assertThat(await(ended).code()).isEqualTo(codeOfAKilledPod());
  }

  /** Of what stands for a pod and was killed by somebody else: as of any that is killed. */
  protected int codeOfAKilledPod() {
    return 137;
  }
}
