package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Command.Io;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxProcessesIT extends OnLinux {
  @TempDir Path directory;

  @Test
  void childHasItsThreeDescriptorsAndNoOther() {
    // When: ls itself opens the directory, as 3
    var links = stdout("exec ls -l /proc/self/fd | sed -n 's/.* \\([0-9]* ->.*\\)/\\1/p'");

    // Then
    assertThat(links.lines())
        .satisfiesExactly(
            nothing -> assertThat(nothing).isEqualTo("0 -> /dev/null"),
            stdout -> assertThat(stdout).startsWith("1 -> pipe:"),
            stderr -> assertThat(stderr).startsWith("2 -> pipe:"),
            own -> assertThat(own).startsWith("3 -> /proc/"));
  }

  @Test
  void sealedProgramIsExecutedFromACopyInMemory() {
    // Given
    var readlink = Path.of("/usr/bin/readlink");
    var itself = Command.of(readlink, List.of("/proc/self/exe")).sealing(readlink);
    var named =
        Command.of(
                Path.of("/bin/sh"),
                List.of("-c", "$0 /proc/self/exe; echo $0", "/usr/bin/readlink"))
            .sealing(readlink);

    // Then
    assertThat(text(Answers.of(processes.spawn(itself)), 1)).startsWith("/memfd:readlink");
    assertThat(text(Answers.of(processes.spawn(named)), 1).lines())
        .satisfiesExactly(
            executed -> assertThat(executed).startsWith("/memfd:readlink"),
            argument ->
                assertThat(argument).startsWith("/proc/" + ProcessHandle.current().pid() + "/fd/"));
  }

  @Test
  void sealedProgramKeepsItsNameAndCannotBeWrittenTo() {
    // Given
    var shell = Path.of("/bin/sh");
    var command =
        Command.of(shell, List.of("-c", "echo $0; echo x >/proc/self/exe")).sealing(shell);

    // When
    var child = Answers.of(processes.spawn(command));

    // Then
    assertThat(text(child, 1)).isEqualTo("/bin/sh\n");
    assertThat(Answers.of(child.exit())).isNotZero();
  }

  @Test
  void sealedProgramThatIsReplacedIsCopiedAnew() throws IOException {
    // Given
    var program = Files.copy(Path.of("/bin/false"), directory.resolve("program"));
    var command = Command.of(program, List.of()).sealing(program);
    assertThat(Answers.of(Answers.of(processes.spawn(command)).exit())).isEqualTo(1);

    // When
    Files.delete(program);
    Files.copy(Path.of("/bin/true"), program);

    // Then
    assertThat(Answers.of(Answers.of(processes.spawn(command)).exit())).isZero();
  }

  @Test
  void scriptIsExecutedAsItIs() throws IOException {
    // Given
    var script = Files.writeString(directory.resolve("script"), "#!/bin/sh\necho $0\n");
    script.toFile().setExecutable(true);

    // Then
    var child = Answers.of(processes.spawn(Command.of(script, List.of()).sealing(script)));
    assertThat(text(child, 1)).isEqualTo(script + "\n");
  }

  @Test
  void childHasTheDescriptorsItWasGivenWhateverTheirNumbers() {
    // Given
    var given =
        shell("ls /proc/self/fd | tr '\\n' ' '; echo five >&5; echo forty >&9; cat <&7")
            .connecting(
                Map.of(
                    1,
                    Io.CHILD_WRITES,
                    5,
                    Io.CHILD_WRITES,
                    9,
                    Io.CHILD_WRITES,
                    7,
                    Io.CHILD_READS,
                    4,
                    Io.NOTHING));

    // When
    var child = Answers.of(processes.spawn(given));
    child.writing(7).end(Buffer.buffer("seven"));

    // Then: ls opens the directory as 3
    assertThat(text(child, 1)).isEqualTo("0 1 2 3 4 5 7 9 seven");
    assertThat(text(child, 5)).isEqualTo("five\n");
    assertThat(text(child, 9)).isEqualTo("forty\n");
  }

  @Test
  void childEndsOfPipesBlock() {
    // When: a descriptor's flags in octal; 04000 is O_NONBLOCK
    var flags = stdout("exec cat /proc/self/fdinfo/1 | grep flags");
    var direct = run(Command.of(Path.of("/bin/cat"), List.of("/proc/self/fdinfo/1")));

    // Then
    assertThat(flags).endsWith("01");
    assertThat(direct.stdout().toString()).contains("flags:\t01\n");
  }

  @Test
  void signalsOfTheChildAreAsIfNobodyHadTouchedThem() {
    // When
    var status = stdout("exec cat /proc/self/status");

    // Then
    assertThat(status.lines().filter(line -> line.matches("Sig(Blk|Ign|Cgt).*")))
        .containsExactly(
            "SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "SigCgt:\t0000000000000000");
  }

  @Test
  void childLeadsASessionOfItsOwn() {
    // When
    var fields = stdout("exec cat /proc/self/stat").split(" ");

    // Then
    assertThat(fields[5]).as("session").isEqualTo(fields[0]);
  }

  @Test
  void childStartsInItsDirectoryWithItsEnvironmentOnly() {
    // When
    var output = run(shell("pwd; exec /usr/bin/env").in(directory).with(Map.of("A", "b c")));

    // Then: the shell adds PWD
    assertThat(output.stdout().toString().lines())
        .containsExactlyInAnyOrder(directory.toString(), "A=b c", "PWD=" + directory);
  }

  @Test
  void exitCodesAndSignalsAreTold() {
    assertThat(run(shell("exit 0")).exitCode()).isZero();
    assertThat(run(shell("exit 77")).exitCode()).isEqualTo(77);
    assertThat(run(shell("kill -KILL $$")).exitCode()).isEqualTo(137);
    assertThat(run(shell("kill -TERM $$")).exitCode()).isEqualTo(143);
  }

  @Test
  void missingProgramIsNamed() {
    // When
    var fault = faultOf(processes.spawn(Command.of(Path.of("/no/such/thing"), List.of())));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessage("program: /no/such/thing (expected: an executable file)");
  }

  @Test
  void missingDirectoryIsNamed() {
    // When
    var fault = faultOf(processes.spawn(shell("true").in(Path.of("/no/such/place"))));

    // Then
    assertThat(fault).hasMessage("directory: /no/such/place (expected: one to start a program in)");
  }

  @Test
  void fileThatIsNoProgramIsNamed() throws IOException {
    // Given
    var file = Files.writeString(directory.resolve("text"), "text");

    // When
    var fault = faultOf(processes.spawn(Command.of(file, List.of())));

    // Then
    assertThat(fault).hasMessage("program: " + file + " (expected: an executable file)");
  }

  @Test
  void manySpawnsLeaveNothing() throws IOException {
    // Given
    run(shell("true"));
    var descriptors = entries(Path.of("/proc/self/fd"));
    var threads = entries(Path.of("/proc/self/task"));

    // When
    for (var batch = 0; batch < 10; batch++) {
      Answers.of(
          Future.all(
              IntStream.range(0, 20)
                  .mapToObj(
                      _ -> processes.run(call(), shell("echo x"), Buffer.buffer(), OUTPUT_MAX))
                  .toList()));
    }

    // Then
    awaitUntil(() -> entries(Path.of("/proc/self/fd")) <= descriptors);
    assertThat(entries(Path.of("/proc/self/task"))).isLessThanOrEqualTo(threads + 4);
    assertThat(zombies()).isEmpty();
  }

  @Test
  void childThatNobodyAsksAboutIsReaped() {
    // When
    var child = Answers.of(processes.spawn(shell("exit 0").connecting(Map.of())));

    // Then
    awaitUntil(() -> Files.notExists(Path.of("/proc/" + child.ref().pid())));
  }

  @Test
  void exitCodeOfAnOrphanIsTold() {
    // Given a process whose starter has ended
    var since = System.nanoTime();
    var orphan = Integer.parseInt(stdout("(sleep 0.2; exit 7) >/dev/null 2>&1 & echo $!"));
    var other = Integer.parseInt(stdout("sleep 600 >/dev/null 2>&1 & echo $!"));

    // When
    var exit = processes.exitOfOrphan(orphan, since);
    var killed = processes.exitOfOrphan(other, since);
    Answers.of(processes.signal(Answers.of(processes.find(other)).orElseThrow(), 9));

    // Then
    assertThat(Answers.of(exit)).isEqualTo(7);
    assertThat(Answers.of(killed)).isEqualTo(137);
    awaitUntil(() -> !Files.exists(Path.of("/proc/" + orphan)));
  }

  @Test
  void orphansThatNobodyAsksAboutAreReaped() {
    // Given
    var orphan = Path.of("/proc/" + stdout("sleep 0.1 >/dev/null 2>&1 & echo $!"));

    // Then
    awaitUntil(() -> Files.notExists(orphan));
  }

  @Test
  void finishedChildIsReadToWhatHasComeByThen() {
    // Given a child whose pipe somebody else holds as well
    var child = Answers.of(processes.spawn(shell("sleep 5 & echo said")));
    Answers.of(child.exit());

    // When
    child.finish();

    // Then
    assertThat(text(child, 1)).isEqualTo("said\n");
  }

  @Test
  void limitsAreThoseOfTheCommand() {
    // Given
    var limits = new Command.Limits(OptionalInt.of(321), OptionalLong.of(123));

    // When: the limits are written right after the spawn
    var output =
        run(
            shell("sleep 0.1; cat /proc/self/oom_score_adj; ulimit -n; ulimit -Hn")
                .limited(limits));

    // Then
    assertThat(output.stdout().toString().lines()).containsExactly("321", "123", "123");
  }

  @Test
  void scoreThatMayNotBeSetIsTheLowestThatMay() throws IOException {
    // Given
    var own = Integer.parseInt(Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
    var limits = new Command.Limits(OptionalInt.of(-1000), OptionalLong.empty());

    // When
    var output = run(shell("sleep 0.1; cat /proc/self/oom_score_adj").limited(limits));

    // Then: with CAP_SYS_RESOURCE it may
    assertThat(Integer.parseInt(output.stdout().toString().strip())).isIn(own, -1000);
  }

  @Test
  void everythingComesOnTheContextOfTheCaller() {
    // Given
    var context = vertx.getOrCreateContext();
    var seen = new ArrayList<Context>();
    var done = Promise.<Void>promise();

    // When
    context.runOnContext(
        _ ->
            processes
                .spawn(
                    shell("echo x; cat >/dev/null")
                        .connecting(Map.of(0, Io.CHILD_READS, 1, Io.CHILD_WRITES)))
                .compose(
                    child -> {
                      seen.add(Vertx.currentContext());
                      var ended = Promise.<Void>promise();
                      child
                          .reading(1)
                          .handler(_ -> seen.add(Vertx.currentContext()))
                          .endHandler(
                              _ -> {
                                seen.add(Vertx.currentContext());
                                ended.complete();
                              });
                      return child
                          .writing(0)
                          .end(Buffer.buffer("y"))
                          .andThen(_ -> seen.add(Vertx.currentContext()))
                          .compose(_ -> ended.future())
                          .compose(_ -> child.exit())
                          .andThen(_ -> seen.add(Vertx.currentContext()))
                          .compose(_ -> processes.ended(child.ref()))
                          .andThen(_ -> seen.add(Vertx.currentContext()))
                          .compose(_ -> processes.alive(child.ref()))
                          .andThen(_ -> seen.add(Vertx.currentContext()))
                          .compose(_ -> processes.run(call(), shell("echo"), Buffer.buffer(), 9))
                          .andThen(_ -> seen.add(Vertx.currentContext()))
                          .compose(
                              _ ->
                                  processes.run(
                                      call(),
                                      shell("ls").hiding(Set.of(Path.of("/nowhere"))),
                                      Buffer.buffer(),
                                      9))
                          .andThen(_ -> seen.add(Vertx.currentContext()))
                          .compose(_ -> host.disk().run(() -> "z"))
                          .andThen(_ -> seen.add(Vertx.currentContext()))
                          .<Void>mapEmpty();
                    })
                .onComplete(done));
    Answers.of(done.future());

    // Then
    assertThat(seen).hasSize(10).allMatch(context::equals);
  }

  @Test
  void noSpaceLeftIsExhaustion() {
    // When
    var fault = faultOf(host.disk().run(() -> Files.writeString(Path.of("/dev/full"), "x")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
  }

  private static List<ProcessTable.Entry> zombies() throws IOException {
    var own = (int) ProcessHandle.current().pid();
    return ProcessTable.all().stream()
        .filter(entry -> entry.parent() == own && entry.dead())
        .toList();
  }
}
