package io.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.cdi.Edits;
import io.gantry.container.ContainerConfig.Security;
import io.gantry.container.ContainerConfig.Variable;
import io.gantry.container.SpecWriter.Devices;
import io.gantry.container.SpecWriter.Found;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.ImageConfig.Execution;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Seccomp;
import io.gantry.runtime.Confines;
import io.gantry.runtime.PodSpec;
import io.gantry.sandbox.Pods;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.SandboxState;
import io.gantry.sandbox.Sandboxes.PodFiles;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecWriterTest {
  private static final long ALL = (1L << 41) - 1;
  private static final int DEFAULTS = 14;
  private static final Identity ROOT = new Identity(0, 0, List.of(0L), Optional.of("/root"));
  private static final SandboxId POD = SandboxId.random();

  @ParameterizedTest(name = "add {0}, drop {1}, ambient {2}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          -            | -            | -             | 14 | 0
          NET_ADMIN    | -            | -             | 15 | 0
          cap_net_admin| -            | -             | 15 | 0
          CHOWN        | -            | -             | 14 | 0
          -            | CHOWN        | -             | 13 | 0
          NET_ADMIN    | NET_ADMIN    | -             | 14 | 0
          ALL          | -            | -             | 41 | 0
          -            | ALL          | -             | 0  | 0
          NET_ADMIN    | ALL          | -             | 1  | 0
          ALL          | CHOWN        | -             | 40 | 0
          ALL          | ALL          | -             | 0  | 0
          ALL NET_ADMIN| ALL          | -             | 1  | 0
          -            | -            | NET_ADMIN     | 15 | 1
          -            | -            | CHOWN         | 14 | 1
          -            | ALL          | NET_ADMIN     | 1  | 1
          -            | NET_ADMIN    | NET_ADMIN     | 14 | 0
          """)
  void capabilitiesAreWhatIsAddedWithoutWhatIsDropped(
      String added, String dropped, String ambient, int granted, int inherited) {
    // When
    var sets =
        write(Asked.capable(words(added), words(dropped), words(ambient))).process().capabilities();

    // Then
    assertThat(sets).isNotNull();
    assertThat(sets.bounding()).hasSize(granted).doesNotHaveDuplicates();
    assertThat(sets.effective()).isEqualTo(sets.bounding());
    assertThat(sets.permitted()).isEqualTo(sets.bounding());
    assertThat(sets.ambient()).hasSize(inherited);
    assertThat(sets.inheritable()).isEqualTo(sets.ambient());
  }

  @Test
  void aCapabilityThatThisDaemonLacksIsNotGiven() {
    var bounded = new HostFacts(1, -1000, 1024, false, true, List.of());
    var sets =
        write(Asked.container("app").secured(Asked.PLAIN), Execution.NONE, bounded)
            .process()
            .capabilities();

    assertThat(sets).isNotNull();
    assertThat(sets.bounding()).containsExactly("CAP_CHOWN");
  }

  @Test
  void aCapabilityThatNobodyKnowsIsRefused() {
    assertThatThrownBy(() -> write(Asked.capable(List.of("FLY"), List.of(), List.of())))
        .hasMessage("capability: 'FLY' (expected: ALL or a name of capabilities(7))");
  }

  @Test
  void aPrivilegedContainerHasEverythingAndNothingIsHidden() {
    // When
    var spec = write(Asked.privileged());

    // Then
    var sets = spec.process().capabilities();
    assertThat(sets).isNotNull();
    assertThat(sets.bounding()).hasSize(41);
    assertThat(sets.inheritable()).isEmpty();
    assertThat(spec.linux().maskedPaths()).isEmpty();
    assertThat(spec.linux().readonlyPaths()).isEmpty();
    assertThat(options(spec, "/sys")).contains("rw").doesNotContain("ro");
    assertThat(options(spec, "/sys/fs/cgroup")).contains("rw").doesNotContain("ro");
    assertThat(spec.linux().resources()).isNotNull();
    assertThat(spec.linux().resources().devices().getFirst().allow()).isTrue();
  }

  @Test
  void anyOtherHasWhatTheKubeletSaysHidden() {
    var spec = write(Asked.PLAIN);

    assertThat(spec.linux().maskedPaths()).containsExactly("/proc/kcore");
    assertThat(spec.linux().readonlyPaths()).containsExactly("/proc/sys");
    assertThat(options(spec, "/sys")).contains("ro").doesNotContain("rw");
  }

  @Test
  void confinesAndIdentityStandInTheProcess() {
    // Given
    var filter = new Seccomp("SCMP_ACT_ALLOW", null, List.of(), List.of(), null, null, List.of());
    var found =
        new Found(
            Devices.NONE,
            new Identity(1000, 50, List.of(50L, 60L), Optional.of("/home/app")),
            new Confines(filter, "web"),
            Edits.NONE,
            Map.of());

    // When
    var spec = write(Asked.container("app").config(), Execution.NONE, found);

    // Then
    assertThat(spec.linux().seccomp()).isEqualTo(filter);
    assertThat(spec.process().apparmorProfile()).isEqualTo("web");
    assertThat(spec.process().user()).isEqualTo(new RuntimeSpec.User(1000, 50, List.of(50L, 60L)));
    assertThat(spec.process().env()).contains("HOME=/home/app");
  }

  @Test
  void aHomeThatIsSetStays() {
    var ofImage = image(List.of("HOME=/image"), "");
    var asked = Asked.container("app").with(new Variable("HOME", "/asked"));

    assertThat(env(Asked.container("app"), ofImage)).contains("HOME=/image");
    assertThat(env(asked, ofImage)).contains("HOME=/asked").doesNotContain("HOME=/image");
  }

  @Test
  void aValueIsKeptByteForByte() {
    // Given
    var value = "one\ntwo\r\n\\n=\t\"'$(x)\u00e4\u007f";

    // Then
    assertThat(env(Asked.container("app").with(new Variable("V", value)), Execution.NONE))
        .contains("V=" + value);
    assertThat(env(Asked.container("app"), image(List.of("V=" + value), "")))
        .contains("V=" + value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A=B", "A\0"})
  void aNameThatIsNoneIsRefused(String name) {
    var asked = Asked.container("app").with(new Variable(name, "v"));

    assertThatThrownBy(() -> env(asked, Execution.NONE))
        .hasMessageStartingWith("environment variable");
  }

  @Test
  void theByteThatEndsAStringIsRefusedWhereverItComesFrom() {
    var asked = Asked.container("app").with(new Variable("A", "x\0y"));
    var command = Asked.container("app").running("sh", "x\0y");

    assertThatThrownBy(() -> env(asked, Execution.NONE))
        .hasMessage("environment variable A: holds the byte 0 (expected: text)");
    assertThatThrownBy(() -> env(Asked.container("app"), image(List.of("A=x\0y"), "")))
        .hasMessage("image environment: holds the byte 0 (expected: text)");
    assertThatThrownBy(() -> env(command, Execution.NONE))
        .hasMessageStartingWith("container app: its command: holds the byte 0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/proc/self/fd/7",
        "/proc/self/fd",
        "/proc/self/fd/",
        "proc/self/fd/7",
        "/./proc//self/./fd/7",
        "/x/../proc/self/fd/7",
        "/proc/self/../self/fd/7",
        "/proc/thread-self/fd/7",
        "/proc/1/fd/7",
        "/proc/self/task/1/fd/7",
        "/dev/fd/7",
        "/a\0b",
      })
  void aWorkingDirectoryIsNeverAnOpenFile(String directory) {
    assertThatThrownBy(() -> env(Asked.container("app"), image(List.of(), directory)))
        .hasMessageStartingWith("working directory: ");
  }

  @ParameterizedTest
  @CsvSource({"'', /", "/srv, /srv", "srv/app, /srv/app", "/proc/sys, /proc/sys", "/fd, /fd"})
  void anyOtherWorkingDirectoryIsTaken(String ofImage, String expected) {
    var spec =
        write(
            Asked.container("app").config(),
            image(List.of(), ofImage),
            new Found(Devices.NONE, ROOT, Confines.NONE, Edits.NONE, Map.of()));

    assertThat(spec.process().cwd()).isEqualTo(expected);
  }

  @Test
  void noAnnotationReachesTheRuntime() {
    // Given
    var asked =
        Asked.container("app")
            .annotated(
                Map.of(
                    "run.oci.hooks.stdout", "/etc/cron.d/x",
                    "run.oci.keep_original_groups", "1",
                    "org.systemd.property.ExecStartPre", "'/bin/true'",
                    "io.kubernetes.cri.sandbox-id", "another"));

    // When
    var spec =
        write(
            asked.config(),
            Execution.NONE,
            new Found(Devices.NONE, ROOT, Confines.NONE, Edits.NONE, Map.of()));

    // Then
    assertThat(spec.annotations())
        .isEqualTo(
            Map.of(
                "io.kubernetes.cri.container-type",
                "container",
                "io.kubernetes.cri.sandbox-id",
                POD.value()));
  }

  private static List<String> words(String text) {
    return text == null ? List.of() : List.of(text.split(" "));
  }

  private static Execution image(List<String> env, String workingDir) {
    return new Execution(null, env, null, null, workingDir, null, null, null);
  }

  private static List<String> env(Asked asked, Execution image) {
    return write(
            asked.config(),
            image,
            new Found(Devices.NONE, ROOT, Confines.NONE, Edits.NONE, Map.of()))
        .process()
        .env();
  }

  private static List<String> options(RuntimeSpec spec, String destination) {
    return spec.mounts().stream()
        .filter(mount -> mount.destination().equals(destination))
        .findFirst()
        .orElseThrow()
        .options();
  }

  private static RuntimeSpec write(Security security) {
    return write(
        Asked.container("app").secured(security),
        Execution.NONE,
        new HostFacts(ALL, -1000, 1_048_576, false, true, List.of()));
  }

  private static RuntimeSpec write(Asked asked, Execution image, HostFacts facts) {
    return write(
        asked.config(),
        image,
        new Found(Devices.NONE, ROOT, Confines.NONE, Edits.NONE, Map.of()),
        facts);
  }

  private static RuntimeSpec write(ContainerConfig config, Execution image, Found found) {
    return write(
        config, image, found, new HostFacts(ALL, -1000, 1_048_576, false, true, List.of()));
  }

  private static RuntimeSpec write(
      ContainerConfig config, Execution image, Found found, HostFacts facts) {
    var run = Path.of("/run/pod");
    return new SpecWriter(
            ContainerId.random(),
            config,
            new ImageConfig(null, null, image, null),
            new Sandbox(
                POD,
                "crun",
                Pods.pod("web").config(),
                "cri",
                "boot",
                "hash",
                Instant.EPOCH,
                new SandboxState.Ready(),
                List.of(),
                Optional.empty(),
                ""),
            new PodSpec(POD, run, Map.of(), false, "/pods", "web", Confines.NONE),
            new PodFiles(run, run, run, run),
            facts,
            found,
            new Volumes(List.of(), Map.of(), List.of()),
            null)
        .write();
  }
}
