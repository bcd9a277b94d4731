package io.gantry.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.gantry.call.StepName;
import io.gantry.client.Cache;
import io.gantry.client.CriClient;
import io.gantry.client.DemoImage;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.IDMapping;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.UserNamespace;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills the daemon before and after every step that is registered, each time followed by a start
 * and the same call again. All steps are armed at once: the first that is reached stops the daemon,
 * and is disarmed for the next start. A step that nothing reached fails the test.
 */
@Tag("root")
class KillIT {
  private static final String IMAGE = "registry.example/busybox:1";

  private static final String BELOW_A_SHIM = "ShimCreate/";
  private static final Path CACHE = Cache.path("");
  private static final Path SHIM = CACHE.resolve("peers/containerd-shim-runc-v2");
  private static final Path ID_MAPPING_RUNC = CACHE.resolve("runc/runc");

  /** A step that is skipped when the one before it was killed is reached in another life. */
  private static final int LIVES = 4;

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Pattern STOPPED = Pattern.compile("failpoint: (\\S+): stopping");

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final Set<String> armed = new TreeSet<>();
  private PrivateNode node;

  private void prepare(String configuration) throws IOException {
    node = PrivateNode.in(folder, configuration);
    var busybox = DemoImage.ofBusybox(Path.of("/bin/busybox"));
    node.registry().push("busybox", "1", busybox.manifest(), busybox.blobs());
  }

  @AfterEach
  void clear() throws Exception {
    node.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(
      value = NamespaceMode.class,
      names = {"CONTAINER", "POD"})
  void everyStepCanBeTheLast(NamespaceMode pid) throws Exception {
    // Given
    prepare("");
    armed.addAll(everyPlace());
    armed.removeIf(place -> place.startsWith(BELOW_A_SHIM));
    if (pid == NamespaceMode.POD) { // the process that the pod has is what differs
      armed.removeIf(place -> !place.matches("(RunPodSandbox|StopPodSandbox|RuntimeCreate)/.*"));
    }
    everyArmedStepCanBeTheLast(NamespaceOption.newBuilder().setPid(pid).build());
  }

  @ParameterizedTest
  @EnumSource(
      value = NamespaceMode.class,
      names = {"CONTAINER", "POD"})
  void everyStepBelowAShimCanBeTheLast(NamespaceMode pid) throws Exception {
    // Given
    assumeTrue(Files.exists(SHIM), "the shim has been built");
    prepare(
        "handlers: {default: shim, shim: {driver: shim, binary: %s, options: BinaryName=%s}}\n"
            .formatted(SHIM, "/usr/sbin/runc"));
    armed.addAll(everyPlace());
    armed.removeIf(place -> !place.startsWith(BELOW_A_SHIM));
    everyArmedStepCanBeTheLast(NamespaceOption.newBuilder().setPid(pid).build());
  }

  /** Where a pod has users of its own, what differs is what is pinned and what is mounted. */
  @Test
  void everyStepThatSeesToUsersCanBeTheLast() throws Exception {
    // Given
    assumeTrue(Files.exists(ID_MAPPING_RUNC), "runc has been built");
    // The pod's root has to reach what the daemon mounts for it.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    prepare(
        "handlers: {default: newer, newer: {driver: oci, binary: %s}}\n"
            .formatted(ID_MAPPING_RUNC));
    armed.addAll(everyPlace());
    armed.removeIf(place -> !place.matches("(RunPodSandbox/namespaces|RuntimeCreate/rootfs):.*"));
    var ids = IDMapping.newBuilder().setContainerId(0).setHostId(1_000_000).setLength(65_536);

    // Then
    everyArmedStepCanBeTheLast(
        NamespaceOption.newBuilder()
            .setPid(NamespaceMode.CONTAINER)
            .setUsernsOptions(
                UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(ids).addGids(ids))
            .build());
  }

  private void everyArmedStepCanBeTheLast(NamespaceOption namespaces) throws Exception {
    start();

    // When
    for (var life = 0; life < LIVES && !armed.isEmpty(); life++) {
      lifeOfAPod(namespaces);
    }

    // Then
    assertThat(armed).as("steps that nothing reached").isEmpty();
    node.end();
    assertThat(node.mounts()).isEmpty();
    assertThat(node.processes()).isEmpty();
    assertThat(node.leases()).isEmpty();
    assertThat(node.remains()).isEmpty();
    assertThat(node.groups()).isEmpty();
  }

  /** Each call is made until it is answered; what it found must be what it would find at once. */
  private void lifeOfAPod(NamespaceOption namespaces) throws Exception {
    survived(cri -> cri.pull(IMAGE));
    var pod = survived(cri -> cri.runPod(pod(namespaces)));
    var container = survived(cri -> cri.create(pod, sleeper(), pod(namespaces)));
    startedOnce(container);
    assertThat(
            survived(cri -> cri.exec(container, DEADLINE, List.of("echo", "here")))
                .getStdout()
                .toStringUtf8())
        .isEqualTo("here\n");
    survived(cri -> cri.stop(container, Duration.ofSeconds(20)));
    assertThat(survived(cri -> cri.status(container)).getExitCode()).isEqualTo(7);
    assertThat(log()).content().contains("stdout F begun").contains("stdout F ended");
    Files.delete(log());
    survived(cri -> cri.remove(container));
    survived(cri -> cri.stopPod(pod));
    survived(cri -> cri.removePod(pod));
    survived(cri -> cri.removeImage(IMAGE));
  }

  /** A start whose answer was lost may have happened: then it is refused, and the program runs. */
  private void startedOnce(String container) throws Exception {
    survived(
        cri ->
            cri.start(container)
                .recover(
                    refused ->
                        cri.status(container)
                            .compose(
                                status ->
                                    status.getStartedAt() > 0
                                        ? Future.succeededFuture()
                                        : Future.failedFuture(refused))));
    assertThat(Waiting.until(Duration.ofSeconds(10), this::written)).as("%s", log()).isTrue();
  }

  private Path log() {
    return folder.resolve("logs/app.log");
  }

  private <T> T survived(Function<CriClient, Future<T>> work) throws Exception {
    while (true) {
      var cri = CriClient.on(vertx, node.socket(), DEADLINE);
      try {
        return work.apply(cri).await(90, TimeUnit.SECONDS);
      } catch (Exception failed) {
        if (Waiting.until(Duration.ofSeconds(2), () -> !node.serves())) {
          start();
        } else {
          throw failed;
        }
      } finally {
        cri.close().await(5, TimeUnit.SECONDS);
      }
    }
  }

  private void start() throws IOException {
    do {
      disarmWhatStopped();
    } while (!node.startForKubelet(
        String.join(",", armed.stream().map(it -> it + "=stop").toList())));
  }

  private void disarmWhatStopped() throws IOException {
    if (Files.exists(node.log())) {
      STOPPED
          .matcher(Files.readString(node.log()))
          .results()
          .map(found -> found.group(1))
          .forEach(armed::remove);
    }
  }

  private static List<String> everyPlace() {
    return new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.gantry")
            .stream()
            .filter(type -> type.isEnum() && type.isAssignableTo(StepName.class))
            .map(JavaClass::reflect)
            .flatMap(type -> Arrays.stream(type.getEnumConstants()))
            .map(step -> ((StepName) step).id())
            .flatMap(id -> Stream.of(id + ":before", id + ":after"))
            .toList();
  }

  private PodSandboxConfig pod(NamespaceOption namespaces) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("web").setNamespace("test").setUid("web-uid"))
        .setHostname("web")
        .setLogDirectory(folder.resolve("logs").toString())
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(namespaces)))
        .build();
  }

  private static ContainerConfig sleeper() {
    var script = "trap 'echo ended; exit 7' TERM; echo begun; while true; do sleep 0.1; done";
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(ImageSpec.newBuilder().setImage(IMAGE))
        .addAllCommand(List.of("/bin/sh", "-c", script))
        .setLogPath("app.log")
        .build();
  }

  private boolean written() {
    try {
      return Files.exists(log()) && Files.readString(log()).contains("begun");
    } catch (IOException notYet) {
      return false;
    }
  }
}
