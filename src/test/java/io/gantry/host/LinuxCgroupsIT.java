package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("root")
@ParameterizedClass
@EnumSource
class LinuxCgroupsIT extends OnLinux {
  /** The trees of this host, or that of v2 alone if it has one. */
  enum Trees {
    OF_THIS_HOST,
    V2_ALONE
  }

  @Parameter Trees trees;

  private LinuxCgroups cgroups;

  @BeforeEach
  void choose() throws IOException {
    assumeFalse(hierarchies().isEmpty());
    cgroups = new LinuxCgroups(vertx, Pool.of(vertx, "gantry-kernel", 2), hierarchies());
  }

  private final String root = "/gantry-test-" + ProcessHandle.current().pid();

  @AfterEach
  void leaveNothing() throws IOException {
    cgroups.close();
    Answers.of(cgroups.kill(root));
    Answers.of(cgroups.remove(root));
    for (var hierarchy : hierarchies()) {
      assertThat(hierarchy.group(root).exists()).isFalse();
    }
  }

  private List<Hierarchy> hierarchies() throws IOException {
    return Hierarchy.all(MountTable.lines()).stream()
        .filter(hierarchy -> trees == Trees.OF_THIS_HOST || hierarchy.isUnified())
        .toList();
  }

  private static Child sleeper(String script) {
    return Answers.of(
        host.processes()
            .spawn(Command.of(Path.of("/bin/sh"), List.of("-c", script)).connecting(Map.of())));
  }

  @Test
  void groupIsMadeInEveryHierarchyWithItsParents() throws IOException {
    // When
    Answers.of(cgroups.create(root + "/pod/one"));
    Answers.of(cgroups.create(root + "/pod/one"));

    // Then
    assertThat(hierarchies())
        .isNotEmpty()
        .allMatch(hierarchy -> hierarchy.group(root + "/pod/one").exists());
  }

  @Test
  void groupThatSomebodyElseRemovesMeanwhileCanBeKilled() throws Exception {
    for (var round = 0; round < 200; round++) {
      // Given
      Answers.of(cgroups.create(root + "/unit"));
      var groups = hierarchies().stream().map(it -> it.group(root + "/unit")).toList();
      var removing = Thread.ofVirtual().unstarted(() -> groups.forEach(LinuxCgroupsIT::removed));

      // When
      removing.start();
      Answers.of(cgroups.kill(root + "/unit"));
      removing.join();

      // Then
      assertThat(groups).noneMatch(Cgroup::exists);
    }
  }

  private static void removed(Cgroup group) {
    try {
      assertThat(group.remove()).isTrue();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Test
  void placeOfAProcessIsTheGroupThatHasIt() throws IOException {
    // Given
    var self = Files.readString(Path.of("/proc/self/cgroup"));

    // When
    var group = hierarchies().getFirst().groupOf(self).orElseThrow();

    // Then
    assertThat(group.processes()).contains((int) ProcessHandle.current().pid());
  }

  @Test
  void expectingJoinsMovesNobodyAndLeavesAMovedOneWhereItIs() throws Exception {
    // Given
    Answers.of(cgroups.create(root + "/elsewhere"));
    var self = (int) ProcessHandle.current().pid();
    var home = Files.readString(Path.of("/proc/self/cgroup"));
    var homes = new ArrayList<Cgroup>();
    for (var hierarchy : hierarchies()) {
      homes.add(hierarchy.groupOf(home).orElseThrow());
    }

    try {
      // When
      cgroups.expectJoin();
      Thread.sleep(50);
      var before = Files.readString(Path.of("/proc/self/cgroup"));
      Answers.of(cgroups.join(root + "/elsewhere", self));
      cgroups.expectJoin();
      Thread.sleep(50);

      // Then
      assertThat(before).isEqualTo(home);
      for (var hierarchy : hierarchies()) {
        assertThat(hierarchy.group(root + "/elsewhere").processes()).contains(self);
      }
    } finally {
      for (var group : homes) {
        group.join(self);
      }
    }
  }

  @Test
  void filesOfAGroupAreReadByName() throws IOException {
    // Given
    Answers.of(cgroups.create(root + "/one"));
    var names = List.of("cpu.stat", "cgroup.procs", "memory.no_such_file", "cpuacct.usage");

    // When
    var files = Answers.of(cgroups.read(root + "/one", names));

    // Then
    assertThat(files).containsKey("cpu.stat").doesNotContainKey("memory.no_such_file");
    assertThat(files.get("cpu.stat")).contains("\n");
    assertThat(Answers.of(cgroups.read(root + "/none", names))).isEmpty();
  }

  @Test
  void processIsInTheGroupWithItsChildrenInEveryHierarchy() throws IOException {
    // Given
    Answers.of(cgroups.create(root + "/pod/one"));
    var child = sleeper("exec sleep 30");

    // When
    Answers.of(cgroups.join(root + "/pod/one", child.ref().pid()));

    // Then
    assertThat(Answers.of(cgroups.processes(root))).containsExactly(child.ref().pid());
    var memberships = Files.readAllLines(Path.of("/proc/" + child.ref().pid() + "/cgroup"));
    assertThat(memberships).hasSizeGreaterThanOrEqualTo(hierarchies().size());
    assertThat(memberships.stream().filter(line -> line.endsWith(":" + root + "/pod/one")))
        .hasSize(hierarchies().size());
  }

  @Test
  void killEndsAllThatIsInTheGroupAndBelow() {
    // Given: one process in each of two groups; the second forks
    Answers.of(cgroups.create(root + "/a/b"));
    var one = sleeper("exec sleep 30");
    var other = sleeper("sleep 0.2; sleep 31 & sleep 32 & wait");
    Answers.of(cgroups.join(root + "/a", one.ref().pid()));
    Answers.of(cgroups.join(root + "/a/b", other.ref().pid()));
    Answers.of(vertx.timer(400));
    assertThat(Answers.of(cgroups.processes(root))).hasSizeGreaterThanOrEqualTo(4);

    // When
    Answers.of(cgroups.kill(root));

    // Then
    assertThat(Answers.of(cgroups.processes(root))).isEmpty();
    assertThat(Answers.of(one.exit())).isEqualTo(137);
    assertThat(Answers.of(other.exit())).isEqualTo(137);
  }

  @Test
  void frozenProcessesAreKilledToo() throws IOException {
    // Given
    Answers.of(cgroups.create(root));
    var child = sleeper("exec sleep 30");
    Answers.of(cgroups.join(root, child.ref().pid()));
    for (var hierarchy : hierarchies()) {
      var state = hierarchy.group(root).directory().resolve("freezer.state");
      if (Files.exists(state)) {
        Files.writeString(state, "FROZEN");
      }
    }

    // When
    Answers.of(cgroups.kill(root));

    // Then
    assertThat(Answers.of(child.exit())).isEqualTo(137);
  }

  @Test
  void groupWithAProcessIsNotRemoved() {
    // Given
    Answers.of(cgroups.create(root + "/x"));
    var child = sleeper("exec sleep 30");
    Answers.of(cgroups.join(root + "/x", child.ref().pid()));

    // When
    var fault = faultOf(cgroups.remove(root));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault)
        .hasMessage(
            "cgroup: " + root + " has processes [" + child.ref().pid() + "] (expected: none)");
  }

  @Test
  void groupIsRemovedRightAfterItsLastProcessDied() {
    // Given
    Answers.of(cgroups.create(root + "/x/y"));
    var child = sleeper("exec sleep 30");
    Answers.of(cgroups.join(root + "/x/y", child.ref().pid()));

    // When
    var removed = cgroups.kill(root).compose(_ -> cgroups.remove(root));

    // Then
    Answers.of(removed);
    assertThat(Answers.of(cgroups.processes(root))).isEmpty();
    Answers.of(cgroups.remove(root));
  }

  @Test
  void childrenAreTheNextLevelOnly() {
    // Given
    Answers.of(cgroups.create(root + "/a/deep"));
    Answers.of(cgroups.create(root + "/b"));

    // When
    var children = Answers.of(cgroups.children(root));

    // Then
    assertThat(children).containsExactly(root + "/a", root + "/b");
  }

  @Test
  void groupThatIsNotThereHasNothingAndTakesNobody() {
    assertThat(Answers.of(cgroups.processes(root))).isEmpty();
    assertThat(Answers.of(cgroups.children(root))).isEmpty();
    assertThat(faultOf(cgroups.join(root, 1)).kind()).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void processThatIsGoneCannotJoin() {
    // Given
    Answers.of(cgroups.create(root));

    // When
    var fault = faultOf(cgroups.join(root, 1 << 22));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void rootAndPathsThatLeaveItAreRefused() {
    for (var path : List.of("/", "relative", "/a/../..", "/a//b/.")) {
      assertThat(faultOf(cgroups.remove(path)).kind()).isEqualTo(Kind.INVALID_ARGUMENT);
      assertThat(faultOf(cgroups.kill(path)).kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    }
  }

  @Test
  void answersComeOnTheContextOfTheCaller() {
    // Given
    var context = vertx.getOrCreateContext();
    var done = Promise.<Boolean>promise();

    // When
    context.runOnContext(
        _ ->
            cgroups
                .create(root)
                .compose(_ -> cgroups.kill(root))
                .compose(_ -> cgroups.remove(root))
                .map(_ -> Vertx.currentContext() == context)
                .onComplete(done));

    // Then
    assertThat(Answers.of(done.future())).isTrue();
  }
}
