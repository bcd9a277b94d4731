package io.gantry.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.gantry.call.Call;
import io.gantry.call.Failpoints;
import io.gantry.call.StepName;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Cgroups.Version;
import io.gantry.host.Command;
import io.gantry.host.FakeHost;
import io.gantry.host.FakeProcesses;
import io.gantry.ids.SandboxId;
import io.gantry.metrics.Metrics;
import io.gantry.network.FakeNetworks;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.FakeRuntime;
import io.gantry.runtime.FakeRuntimes;
import io.gantry.runtime.Features;
import io.gantry.runtime.Labels;
import io.gantry.runtime.Overhead;
import io.gantry.security.FakeConfinement;
import io.gantry.state.FakeState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SandboxesTest {
  @TempDir private Path run;
  private final FakeHost host = new FakeHost();
  private final FakeState state = new FakeState();
  private final FakeNetworks networks = new FakeNetworks();
  private final FakeRuntime runtime = new FakeRuntime();
  private final FakeConfinement confinement = new FakeConfinement();
  private final Deque<Pause> pauses = new ArrayDeque<>();
  private final List<String> tenantCalls = new ArrayList<>();
  private final Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  private Sandboxes sandboxes;

  @BeforeEach
  void open() {
    sandboxes = reopened();
  }

  private Sandboxes reopened() {
    return over(new FakeRuntimes(runtime));
  }

  private Sandboxes over(FakeRuntimes runtimes) {
    return Sandboxes.over(
            new Sandboxes.Parts(
                host, state, networks, runtimes, Listening::new, confinement, clock, this::pause),
            run)
        .result();
  }

  @Test
  void aPodHasAnAddressFilesAndPinnedNamespaces() {
    // When
    var id = ran(Pods.pod("web"));

    // Then
    var sandbox = sandboxes.find(id.value()).orElseThrow();
    assertThat(sandbox.ready()).isTrue();
    assertThat(sandbox.ips()).isNotEmpty();
    assertThat(sandboxes.files(sandbox).resolvConf())
        .content()
        .isEqualTo("search svc\nnameserver 10.0.0.10\noptions ndots:5\n");
    assertThat(sandboxes.spec(sandbox).namespaces()).containsOnlyKeys("network", "ipc", "uts");
    assertThat(state.factTypes()).containsExactly("SandboxReady");
  }

  @Test
  void everyUserOfAPodMayPingAndOpenLowPortsUnlessThePodSaysOtherwise() {
    // When
    var plain = ran(Pods.pod("plain"));
    var strict = ran(Pods.withSysctls("strict", Map.of("net/ipv4/ping_group_range", "1 0")));
    var host = ran(Pods.onHostNetwork("host"));

    // Then
    assertThat(sysctls(plain))
        .containsOnly(
            entry("net.ipv4.ip_unprivileged_port_start", "0"),
            entry("net.ipv4.ping_group_range", "0 2147483647"));
    assertThat(sysctls(strict))
        .containsOnly(
            entry("net.ipv4.ip_unprivileged_port_start", "0"),
            entry("net/ipv4/ping_group_range", "1 0"));
    assertThat(sysctls(host)).isEmpty();
  }

  private Map<String, String> sysctls(SandboxId pod) {
    var pins = run.resolve("sandboxes").resolve(pod.value()).resolve("ns");
    return Objects.requireNonNull(host.namespaces().made().get(pins)).sysctls();
  }

  @Test
  void aPodWithUsersOfItsOwnHasAUserNamespaceAndOwnsItsFiles() throws IOException {
    // Given
    runtime.withFeatures(new Features("fake 1.0", true, true));
    var user = (int) Files.getAttribute(run, "unix:uid"); // others only root could give files to
    var group = (int) Files.getAttribute(run, "unix:gid");

    // When
    var id = ran(Pods.withUsers("web", user, group));

    // Then
    var sandbox = sandboxes.find(id.value()).orElseThrow();
    assertThat(sandboxes.spec(sandbox).namespaces())
        .containsOnlyKeys("user", "network", "ipc", "uts");
    assertThat(host.calls("mounts.tmpfs")).singleElement().asString().contains("uid=" + user);
  }

  @Test
  void usersOfItsOwnAreRefusedWhereTheHandlerHasNone() {
    // When
    var fault = fault(sandboxes.run(call, Pods.withUsers("web", 5000, 5000)));

    // Then
    assertThat(fault)
        .hasMessageContaining("user namespace: handler")
        .hasMessageContaining("fake 1.0");
    assertThat(state.rows("sandbox")).isEmpty();
  }

  @Test
  void thePodsFilesHaveItsLabel() {
    // Given
    confinement.labelling(new Labels("p", "u:r:t:s0:c1,c2"), "s0:c1,c2");

    // When
    var id = ran(Pods.pod("web"));

    // Then
    var sandbox = sandboxes.find(id.value()).orElseThrow();
    var files = sandboxes.files(sandbox);
    assertThat(sandbox.selinuxLevel()).isEqualTo("s0:c1,c2");
    assertThat(host.calls("disk.label"))
        .containsExactlyInAnyOrder(
            "disk.label " + files.resolvConf() + " u:r:t:s0:c1,c2",
            "disk.label " + files.hosts() + " u:r:t:s0:c1,c2",
            "disk.label " + files.hostname() + " u:r:t:s0:c1,c2");
    assertThat(host.calls("mounts.tmpfs"))
        .singleElement()
        .asString()
        .contains("context=u:r:t:s0:c1,c2");
  }

  @Test
  void noTwoPodsHaveOneLevelAlsoAfterARestart() {
    // Given
    confinement.labelling(Labels.NONE, "s0:c1,c2", "s0:c3,c4", "s0:c5,c6");
    var first = ran(Pods.pod("first"));
    var second = ran(Pods.pod("second"));

    // When
    sandboxes = reopened();
    var third = ran(Pods.pod("third"));
    sandboxes.remove(call, second);
    var fourth = ran(Pods.pod("fourth"));

    // Then
    assertThat(level(first)).isEqualTo("s0:c1,c2");
    assertThat(level(third)).isEqualTo("s0:c5,c6");
    assertThat(level(fourth)).isEqualTo("s0:c3,c4");
  }

  @Test
  void aPodThatWasNotMadeKeepsNoLevel() {
    // Given
    confinement.labelling(Labels.NONE, "s0:c1,c2");
    networks.failNext("attach", RuntimeFault.unavailable("no bridge", null));
    fault(sandboxes.run(call, Pods.pod("web")));

    // When
    var id = ran(Pods.pod("web"));

    // Then
    assertThat(level(id)).isEqualTo("s0:c1,c2");
  }

  private String level(SandboxId id) {
    return sandboxes.find(id.value()).orElseThrow().selinuxLevel();
  }

  @Test
  void aPodOnTheHostsNetworkAsksForNoAddress() {
    // When
    var id = ran(Pods.onHostNetwork("web"));

    // Then
    assertThat(networks.attached()).isEmpty();
    assertThat(sandboxes.find(id.value()).orElseThrow().ips()).isEmpty();
  }

  @Test
  void theRecordIsSyncedBeforeTheNetworkIsAsked() {
    // Given
    networks.failNext("attach", RuntimeFault.unavailable("no bridge", null));

    // When
    sandboxes.run(call, Pods.pod("web"));

    // Then
    assertThat(state.synced()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(RunStep.class)
  void aStepThatFailsLeavesNothing(StepName step) throws IOException {
    // Given
    var tools = new Call.Tools(Metrics.unread(), Failpoints.parse(step.id() + ":after=fail"));

    // When
    var done = sandboxes.run(Call.internal(tools, "Test"), Pods.pod("web"));

    // Then
    assertThat(fault(done).getMessage()).contains("failpoint").contains("default/web");
    assertThat(sandboxes.list()).isEmpty();
    assertThat(state.rows("sandbox")).isEmpty();
    assertThat(networks.attached()).isEmpty();
    assertThat(networks.expected()).isEmpty();
    assertThat(runtime.pods()).isEmpty();
    assertThat(leftInRunFolder()).isEmpty();
    assertThat(sandboxes.run(call, Pods.pod("web")).succeeded()).as("the name is free").isTrue();
  }

  @Test
  void aRetryWithTheSameRequestGetsTheSameSandbox() {
    // Given
    var first = ran(Pods.pod("web"));

    // When
    var second = ran(Pods.pod("web"));

    // Then
    assertThat(second).isEqualTo(first);
    assertThat(sandboxes.list()).hasSize(1);
  }

  @Test
  void aRetryWithAnotherRequestReplacesTheOldSandbox() {
    // Given
    var first = ran(Pods.pod("web"));

    // When
    var second = ran(Pods.relabelled(Pods.pod("web")));

    // Then
    assertThat(second).isNotEqualTo(first);
    assertThat(sandboxes.list()).extracting(Sandbox::id).containsExactly(second);
    assertThat(networks.attached()).containsOnlyKeys(second);
  }

  @Test
  void aCallWhileThePodIsBeingMadeJoinsIt() {
    // Given
    var held = runtime.hold("open");
    var first = sandboxes.run(call, Pods.pod("web"));
    var second = sandboxes.run(call, Pods.pod("web"));

    // When
    held.complete();

    // Then
    assertThat(second.result()).isEqualTo(first.result());
  }

  @Test
  void aSandboxBeingMadeIsInvisible() {
    // Given
    runtime.hold("open");

    // When
    sandboxes.run(call, Pods.pod("web"));

    // Then
    assertThat(sandboxes.list()).isEmpty();
  }

  @Test
  void limitsOfAPodAreRecordedAndWrittenToAGroupOfItsOwn() {
    // Given
    host.cgroups().as(Version.V2);
    var own = ran(Pods.pod("own"));
    var containers =
        new Resources(100_000, 50_000, 512, 64 << 20, 0, 0, "", "", Map.of(), Map.of());
    var overhead = new Resources(200_000, 20_000, 100, 16 << 20, 0, 0, "", "", Map.of(), Map.of());

    // When
    var done = sandboxes.update(call, own, Optional.of(overhead), Optional.of(containers));
    var later = sandboxes.update(call, own, Optional.empty(), Optional.of(containers));

    // Then
    assertThat(done.succeeded()).isTrue();
    assertThat(later.succeeded()).isTrue();
    assertThat(host.calls("cgroups.set").getLast())
        .contains("memory.max=" + (80 << 20), "cpu.max=60000 100000", "cpu.weight=24");
    var config = reopened().find(own.value()).orElseThrow().config();
    assertThat(config.resources()).isEqualTo(containers);
    assertThat(config.overhead()).isEqualTo(overhead);
  }

  @Test
  void overheadOfTheHandlerCountsWhereARequestNamesNone() {
    // Given
    host.cgroups().as(Version.V2);
    sandboxes =
        over(new FakeRuntimes(runtime, CgroupDriver.CGROUPFS, _ -> new Overhead(64 << 20, 250)));
    var own = ran(Pods.pod("own"));
    var limits = new Resources(100_000, 50_000, 512, 64 << 20, 0, 0, "", "", Map.of(), Map.of());

    // When
    var done = sandboxes.update(call, own, Optional.empty(), Optional.of(limits));

    // Then
    assertThat(done.succeeded()).isTrue();
    assertThat(host.calls("cgroups.set").getLast())
        .contains("memory.max=" + (128 << 20), "cpu.max=75000 100000");
  }

  @Test
  void limitsOfAGroupThatTheKubeletHasNamedAreTheKubelets() {
    // Given
    var id = ran(Pods.in("/kubepods/pod1", Pods.pod("web")));
    var limits = new Resources(0, 0, 512, 64 << 20, 0, 0, "", "", Map.of(), Map.of());

    // When
    var done = sandboxes.update(call, id, Optional.empty(), Optional.of(limits));

    // Then
    assertThat(done.succeeded()).isTrue();
    assertThat(host.calls("cgroups.set")).isEmpty();
    assertThat(sandboxes.find(id.value()).orElseThrow().config().resources()).isEqualTo(limits);
  }

  @Test
  void limitsOfAPodThatIsGoneOrStoppedAreRefused() {
    // Given
    var id = ran(Pods.pod("web"));
    sandboxes.stop(call, id);

    // Then
    var nobody = sandboxes.update(call, SandboxId.random(), Optional.empty(), Optional.empty());
    assertThat(fault(nobody).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(fault(sandboxes.update(call, id, Optional.empty(), Optional.empty())).kind())
        .isEqualTo(Kind.FAILED_PRECONDITION);
  }

  @Test
  void stoppingEndsTheTenantsBeforeTheNetworkGoes() {
    // Given
    var id = ran(Pods.pod("web"));

    // When
    var stopped = sandboxes.stop(call, id);

    // Then
    assertThat(stopped.succeeded()).isTrue();
    assertThat(tenantCalls).containsExactly("evict, closing, attached");
    assertThat(networks.attached()).isEmpty();
    assertThat(sandboxes.find(id.value()).orElseThrow().state())
        .isInstanceOf(SandboxState.Closed.class);
  }

  @Test
  void stoppingAndRemovingAreIdempotent() {
    // Given
    var id = ran(Pods.pod("web"));

    // Then
    assertThat(sandboxes.stop(call, id).succeeded()).isTrue();
    assertThat(sandboxes.stop(call, id).succeeded()).isTrue();
    assertThat(sandboxes.remove(call, id).succeeded()).isTrue();
    assertThat(sandboxes.remove(call, id).succeeded()).isTrue();
    assertThat(sandboxes.stop(call, SandboxId.random()).succeeded()).isTrue();
    assertThat(state.rows("sandbox")).isEmpty();
  }

  @Test
  void aNetworkThatIsNotGivenBackFailsNoStopAndIsAskedAgainUntilItIs() {
    // Given
    var id = ran(Pods.pod("web"));
    networks.failNext("detach", RuntimeFault.unavailable("plugin hangs", null));

    // When
    var stopped = sandboxes.stop(call, id);
    var leaving = sandboxes.leaving();
    networks.failNext("detach", RuntimeFault.unavailable("plugin hangs", null));
    pauses.remove().end.complete();
    var stillLeaving = sandboxes.leaving();
    var second = pauses.remove();
    second.end.complete();

    // Then
    assertThat(stopped.succeeded()).isTrue();
    assertThat(leaving).containsExactly(id);
    assertThat(stillLeaving).containsExactly(id);
    assertThat(second.length).isEqualTo(Duration.ofSeconds(2));
    assertThat(sandboxes.leaving()).isEmpty();
    assertThat(networks.attached()).isEmpty();
  }

  @Test
  void aRemovalSucceedsWhileTheNamespaceIsKeptForTheNetwork() throws IOException {
    // Given
    var id = ran(Pods.pod("web"));
    networks.failNext("detach", RuntimeFault.unavailable("plugin hangs", null));

    // When
    var removed = sandboxes.remove(call, id);
    var keptMeanwhile = leftInRunFolder();
    pauses.remove().end.complete();

    // Then
    assertThat(removed.succeeded()).isTrue();
    assertThat(sandboxes.list()).isEmpty();
    assertThat(keptMeanwhile).anyMatch(path -> path.endsWith("ns"));
    assertThat(leftInRunFolder()).isEmpty();
  }

  @Test
  void aNetworkThatALastDaemonDidNotGiveBackIsFoundByTheNext() {
    // Given
    var id = ran(Pods.pod("web"));
    networks.failNext("detach", RuntimeFault.unavailable("plugin hangs", null));
    sandboxes.remove(call, id);
    var again = reopened();

    // When
    again.recoverNetworks(call);

    // Then
    assertThat(networks.attached()).isEmpty();
    assertThat(again.leaving()).isEmpty();
  }

  @Test
  void aRebootGivesNetworksBackBeforeAnyoneStopsThePods() {
    // Given
    ran(Pods.pod("web"));
    host.reboot("another-boot");

    // When
    reopened().recoverNetworks(call);

    // Then
    assertThat(networks.attached()).isEmpty();
  }

  @Test
  void whatIsAttachedIsCheckedAfterARestartAndStays() {
    // Given
    var id = ran(Pods.pod("web"));
    networks.failNext("check", RuntimeFault.unavailable("no address", null));
    var again = reopened();

    // When
    again.recoverNetworks(call);

    // Then
    assertThat(networks.checked()).containsExactly(id);
    assertThat(networks.collections()).containsExactly(Set.of());
    assertThat(again.find(id.value()).orElseThrow().ready()).isTrue();
  }

  @Test
  void garbageIsCollectedForAPodThatStaysAttachedAfterThreeAttempts() {
    // Given
    var id = ran(Pods.pod("web"));
    networks.failNext("detach", RuntimeFault.unavailable("plugin hangs", null));
    sandboxes.stop(call, id);

    // When
    for (var attempt = 2; attempt <= 3; attempt++) {
      networks.failNext("detach", RuntimeFault.unavailable("plugin hangs", null));
      pauses.remove().end.complete();
    }

    // Then
    assertThat(networks.collections()).containsExactly(Set.of(id));
  }

  @Test
  void aPodWhoseProcessEndsIsBroken() {
    // Given
    var id = ran(Pods.sharingPid("web"));

    // When
    runtime.endPod(id, 137);

    // Then
    assertThat(sandboxes.find(id.value()).orElseThrow().state())
        .isInstanceOf(SandboxState.Broken.class);
  }

  @Test
  void aStartUndoesWhatWasHalfMade() {
    // Given
    runtime.hold("open");
    sandboxes.run(call, Pods.pod("web"));
    var again = reopened();

    // When
    again.recover(call);

    // Then
    assertThat(state.rows("sandbox")).isEmpty();
    assertThat(networks.attached()).isEmpty();
  }

  @Test
  void aRebootBreaksPodsAndTheyCanBeRemoved() {
    // Given
    var id = ran(Pods.pod("web"));
    host.reboot("another-boot");
    var again = reopened();

    // When
    again.recover(call);

    // Then
    assertThat(again.find(id.value()).orElseThrow().ready()).isFalse();
    assertThat(again.remove(call, id).succeeded()).isTrue();
  }

  @Test
  void anUnknownHandlerIsRefusedBeforeAnythingIsMade() {
    // Given
    var request = Pods.pod("web");

    // When
    var done = sandboxes.run(call, new RunSandbox(request.config(), "kata", "cri"));

    // Then
    assertThat(fault(done).kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(state.commits()).isEmpty();
  }

  @Test
  void withSystemdAPodWithoutAParentHasASliceThatGoesWithIt() {
    // Given
    sandboxes = over(new FakeRuntimes(runtime, CgroupDriver.SYSTEMD));
    var id = ran(Pods.pod("web"));
    var slice = "gantry-" + id + ".slice";
    assertThat(sandboxes.spec(sandboxes.find(id.value()).orElseThrow()).cgroupParent())
        .isEqualTo(slice);
    assertThat(host.cgroups().groups()).as("systemd makes them").isEmpty();

    // When
    host.processes().whenRun(SandboxesTest::isSystemctl, _ -> FakeProcesses.output(5, "", ""));
    var removed = sandboxes.remove(call, id);

    // Then
    assertThat(removed.succeeded()).as("no container was ever in it").isTrue();
    assertThat(host.processes().commands())
        .extracting(Command::arguments)
        .containsExactly(List.of("stop", "--", slice));
  }

  @Test
  void sliceThatSystemdDoesNotStopKeepsTheSandboxOnRecord() {
    // Given
    sandboxes = over(new FakeRuntimes(runtime, CgroupDriver.SYSTEMD));
    var id = ran(Pods.pod("web"));
    host.processes()
        .whenRun(SandboxesTest::isSystemctl, _ -> FakeProcesses.output(1, "", "timed out"));

    // When
    var removed = sandboxes.remove(call, id);

    // Then
    assertThat(fault(removed)).hasMessageContaining("timed out");
    assertThat(sandboxes.list()).hasSize(1);
    host.processes().whenRun(SandboxesTest::isSystemctl, _ -> FakeProcesses.output(0, "", ""));
    assertThat(sandboxes.remove(call, id).succeeded()).isTrue();
    assertThat(sandboxes.list()).isEmpty();
  }

  private static boolean isSystemctl(Command command) {
    return command.program().endsWith("systemctl");
  }

  @Test
  void groupThatTheKubeletNamesIsLeftToTheKubelet() {
    // Given
    sandboxes = over(new FakeRuntimes(runtime, CgroupDriver.SYSTEMD));
    var id = ran(Pods.in("/kubepods.slice/kubepods-pod1.slice", Pods.pod("web")));
    assertThat(sandboxes.spec(sandboxes.find(id.value()).orElseThrow()).cgroupParent())
        .isEqualTo("kubepods-pod1.slice");

    // When
    var removed = sandboxes.remove(call, id);

    // Then
    assertThat(removed.succeeded()).isTrue();
    assertThat(host.processes().commands()).isEmpty();
  }

  @Test
  void parentInTheFormOfTheOtherDriverIsRefusedBeforeAnythingIsMade() {
    // When
    var done = sandboxes.run(call, Pods.in("kubepods-pod1.slice", Pods.pod("web")));

    // Then
    assertThat(fault(done).kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(fault(done)).hasMessageContaining("the cgroup driver is cgroupfs");
    assertThat(state.commits()).isEmpty();
  }

  private record Pause(Duration length, Promise<Void> end) {}

  private Future<Void> pause(Duration length) {
    var pause = new Pause(length, Promise.promise());
    pauses.add(pause);
    return pause.end.future();
  }

  private List<Path> leftInRunFolder() throws IOException {
    try (var left = Files.walk(run)) {
      return left.filter(path -> !path.equals(run) && !path.endsWith("sandboxes")).toList();
    }
  }

  private SandboxId ran(RunSandbox request) {
    var done = sandboxes.run(call, request);
    assertThat(done.succeeded()).as("%s", done.cause()).isTrue();
    return done.result();
  }

  private static RuntimeFault fault(Future<?> failed) {
    assertThat(failed.failed()).isTrue();
    return RuntimeFault.of(failed.cause());
  }

  /** Writes down when it was asked. */
  private final class Listening implements Tenants {
    @Override
    public Future<Void> evict(Call call, SandboxId id) {
      tenantCalls.add(
          "evict, %s, %s"
              .formatted(
                  sandboxes.find(id.value()).orElseThrow().state() instanceof SandboxState.Closing
                      ? "closing"
                      : "not closing",
                  networks.attached().containsKey(id) ? "attached" : "detached"));
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> removeAll(Call call, SandboxId id) {
      return Future.succeededFuture();
    }
  }
}
