package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Processes.Output;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandRunIT extends OnLinux {
  @TempDir Path directory;

  @Test
  void inputReachesTheCommandAndBothOutputsComeBack() {
    // When
    var output =
        Answers.of(
            processes.run(
                call(), shell("cat; echo err >&2; exit 3"), Buffer.buffer("in"), OUTPUT_MAX));

    // Then
    assertThat(output).isEqualTo(new Output(3, Buffer.buffer("in"), Buffer.buffer("err\n"), false));
  }

  @Test
  void commandThatDetachesIsAnsweredByWhatItLeavesBehind() {
    // Given
    var pidFile = directory.resolve("pid");
    var script = "(sleep 0.1; echo late; exit 7) & echo $! >" + pidFile;

    // When
    var output = Answers.of(processes.runDetached(call(), shell(script), pidFile, OUTPUT_MAX));

    // Then
    assertThat(output).isEqualTo(new Output(7, Buffer.buffer("late\n"), Buffer.buffer(), false));
  }

  @Test
  void whatWasLeftBehindMayHaveEndedBeforeAnyoneAsks() {
    // Given
    var scripts =
        IntStream.range(0, 40)
            .mapToObj(
                i -> {
                  var pidFile = directory.resolve("pid-" + i);
                  var script =
                      "(sh -c 'echo $$ >%s; exit %d' &); until [ -s %s ]; do sleep 0.01; done"
                          .formatted(pidFile, i, pidFile);
                  return processes.runDetached(call(), shell(script), pidFile, OUTPUT_MAX);
                })
            .toList();

    // When
    var outputs = Answers.of(Future.all(scripts)).<Output>list();

    // Then
    assertThat(outputs)
        .extracting(Output::exitCode)
        .containsExactlyElementsOf(IntStream.range(0, 40).boxed().toList());
  }

  @Test
  void commandThatFailsToDetachTellsItsOwnCode() {
    // When
    var output =
        Answers.of(
            processes.runDetached(
                call(), shell("echo no >&2; exit 4"), directory.resolve("none"), OUTPUT_MAX));

    // Then
    assertThat(output).isEqualTo(new Output(4, Buffer.buffer(), Buffer.buffer("no\n"), false));
  }

  @Test
  void commandNeedNotReadItsInput() {
    // When
    var output =
        Answers.of(
            processes.run(
                call(), shell("exec 0<&-; echo done"), Buffer.buffer(new byte[1 << 20]), 100));

    // Then
    assertThat(output.stdout().toString()).isEqualTo("done\n");
  }

  @Test
  void outputIsCutAndTheRestDropped() {
    // When
    var output =
        Answers.of(
            processes.run(
                call(), shell("head -c 5000000 /dev/zero; echo x >&2"), Buffer.buffer(), 1000));

    // Then
    assertThat(output.stdout().length()).isEqualTo(1000);
    assertThat(output.truncated()).isTrue();
    assertThat(output.stderr().toString()).isEqualTo("x\n");
  }

  @Test
  void allThatIsInThePipeAtTheExitIsRead() {
    // Given: a pipe holds 64 KiB, and a grandchild keeps it open
    var script = "head -c 65536 /dev/zero; sleep 5 & exit 0";

    // When
    var outputs =
        Answers.of(
            Future.all(
                IntStream.range(0, 8)
                    .mapToObj(_ -> processes.run(call(), shell(script), Buffer.buffer(), 1 << 20))
                    .toList()));

    // Then
    assertThat(outputs.<Output>list())
        .allSatisfy(output -> assertThat(output.stdout().length()).isEqualTo(65536));
  }

  @Test
  void grandchildThatHoldsThePipeDelaysNoAnswer() {
    // When
    var begun = System.nanoTime();
    var output = run(shell("echo early; sleep 10 & exit 4"));

    // Then
    assertThat(output.exitCode()).isEqualTo(4);
    assertThat(output.stdout().toString()).isEqualTo("early\n");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void cancelledCommandDiesWithItsDescendants() {
    // Given: one in the session, one that has left it
    var call = call();
    var pids = directory.resolve("pids");
    var script =
        "sleep 60 & echo $! >>%1$s; setsid sh -c 'echo $$ >>%1$s; sleep 61 & echo $! >>%1$s; wait' & wait"
            .formatted(pids);
    var running = processes.run(call, shell(script), Buffer.buffer(), OUTPUT_MAX);
    awaitUntil(() -> contentOf(pids).lines().count() == 3);

    // When
    call.cancel("caller went away");
    var fault = faultOf(running);

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(fault).hasMessage("test: caller went away");
    awaitUntil(() -> contentOf(pids).lines().noneMatch(CommandRunIT::isRunning));
  }

  @Test
  void commandPastItsDeadlineIsKilled() {
    // When
    var begun = System.nanoTime();
    var fault =
        faultOf(
            processes.run(
                call(Duration.ofMillis(200)), shell("sleep 60"), Buffer.buffer(), OUTPUT_MAX));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void callThatIsOverSpawnsNothing() {
    // Given
    var call = call();
    call.cancel("too late");
    var file = directory.resolve("made");

    // When
    var fault = faultOf(processes.run(call, shell("touch " + file), Buffer.buffer(), OUTPUT_MAX));

    // Then
    assertThat(fault).hasMessage("test: too late");
    assertThat(file).doesNotExist();
  }

  private static boolean isRunning(String pid) {
    try {
      return ProcessTable.find(Integer.parseInt(pid)).filter(entry -> !entry.dead()).isPresent();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
