package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeHostTest {
  private final FakeHost host = new FakeHost();
  private final Call call = Call.internal(Call.Tools.plain(), "test");
  private final Command command = Command.of(Path.of("/bin/x"), List.of("a", "b"));

  @TempDir Path directory;

  @Test
  void callsAreRememberedInOrder() {
    // When
    Answers.of(host.mounts().bind(Path.of("/a"), Path.of("/b"), true));
    Answers.of(host.cgroups().create("/x/y"));
    Answers.of(host.processes().run(call, command, Buffer.buffer(), 9));

    // Then
    assertThat(host.calls())
        .containsExactly(
            "mounts.bind /a /b recursive", "cgroups.create /x/y", "processes.run /bin/x a b");
    assertThat(host.cgroups().groups()).containsExactlyInAnyOrder("/x", "/x/y");
    assertThat(host.mounts().isMounted(Path.of("/b"))).isTrue();
  }

  @Test
  void onlyTheNextCallFails() {
    // Given
    var fault = RuntimeFault.notFound("x");
    host.failNext("mounts.unmount", fault).failNext("disk.run", fault);

    // Then
    assertThat(faultOf(host.mounts().unmount(directory))).isSameAs(fault);
    assertThat(host.mounts().unmount(directory).succeeded()).isTrue();
    assertThat(faultOf(host.disk().run(() -> 1))).isSameAs(fault);
    assertThat(host.disk().run(() -> 1).result()).isEqualTo(1);
  }

  @Test
  void fileWorkIsDoneAndFailsAsItWouldForReal() {
    assertThat(host.disk().run(() -> Files.createFile(directory.resolve("x"))).result()).exists();
    assertThat(faultOf(host.disk().run(() -> Files.createFile(directory.resolve("x")))).kind())
        .isEqualTo(RuntimeFault.Kind.INTERNAL);
  }

  @Test
  void commandsSayWhatTheScriptSays() {
    // Given
    host.processes()
        .whenRun(run -> run.arguments().contains("a"), _ -> FakeProcesses.output(3, "out", "err"));

    // When
    var output = Answers.of(host.processes().run(call, command, Buffer.buffer(), 9));

    // Then
    assertThat(output).isEqualTo(FakeProcesses.output(3, "out", "err"));
    assertThat(host.processes().commands()).containsExactly(command);
  }

  @Test
  void childDoesWhatTheTestSays() {
    // Given
    var child = Answers.of(host.processes().spawn(command));
    var fake = host.processes().children().getFirst();
    var said = new ArrayList<String>();
    child.reading(1).handler(more -> said.add(more.toString())).endHandler(_ -> said.add("end"));
    child.writing(0).end(Buffer.buffer("in"));

    // When
    fake.says(1, "out").exits(7);

    // Then
    assertThat(said).containsExactly("out", "end");
    assertThat(fake.received(0)).isEqualTo(Buffer.buffer("in"));
    assertThat(child.exit().result()).isEqualTo(7);
    assertThat(host.processes().alive(child.ref()).result()).isFalse();
  }

  @Test
  void killedProcessHasEnded() {
    // Given
    var process = host.processes().has(42, 1);
    var ended = host.processes().ended(process);

    // When
    Answers.of(host.processes().signal(process, 15));
    var afterTerm = ended.isComplete();
    Answers.of(host.processes().signal(process, 9));

    // Then
    assertThat(afterTerm).isFalse();
    assertThat(ended.succeeded()).isTrue();
    assertThat(host.processes().find(42).result()).isEmpty();
  }

  @Test
  void namespacesLeavePinsAndTakeThemAway() {
    // Given
    var kinds = EnumSet.of(Namespaces.Kind.NET, Namespaces.Kind.IPC, Namespaces.Kind.UTS);

    // When
    Answers.of(
        host.namespaces()
            .create(
                new Namespaces.Wanted(
                    directory, kinds, Optional.empty(), Optional.of("h"), Map.of())));

    // Then
    assertThat(directory.resolve("net")).exists();
    Answers.of(host.namespaces().remove(directory));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void watchersAreToldByHand() {
    // Given
    var told = new ArrayList<String>();
    var end = Answers.of(host.watches().directory(directory, told::add));

    // When
    host.watches().tell(directory.resolve("x"));
    end.run();
    host.watches().tell(directory.resolve("y"));

    // Then
    assertThat(told).containsExactly("x");
    assertThat(host.watches().isWatched(directory)).isFalse();
  }

  @Test
  void groupsWithProcessesStay() {
    // Given
    host.cgroups().has("/a/b", 42);
    host.processes().has(42, 1);

    // Then
    assertThat(host.cgroups().remove("/a").failed()).isTrue();
    Answers.of(host.cgroups().kill("/a"));
    Answers.of(host.cgroups().remove("/a"));
    assertThat(host.cgroups().groups()).isEmpty();
    assertThat(host.processes().find(42).result()).isEmpty();
  }
}
