package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.cri.proto.IDMapping;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.SELinuxOption;
import io.gantry.cri.proto.UserNamespace;
import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.gantry.security.SelinuxOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SandboxRequestsTest {
  @Test
  void whatTheKubeletSaysIsKeptByteForByte() {
    // Given
    var cri =
        pod(LinuxPodSandboxConfig.getDefaultInstance())
            .putLabels("a/b", "c")
            .putAnnotations("odd", "line\nbreak");

    // When
    var config = SandboxRequests.config(cri.build());

    // Then
    assertThat(config.labels()).isEqualTo(Map.of("a/b", "c"));
    assertThat(config.annotations()).isEqualTo(Map.of("odd", "line\nbreak"));
  }

  @Test
  void aSysctlOfTheHostsNamespaceIsRefused() {
    // Given
    var cri =
        pod(
            linux(NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE).build())
                .putSysctls("net.ipv4.ip_forward", "1")
                .build());

    // Then
    assertThatThrownBy(() -> SandboxRequests.config(cri.build()))
        .hasMessageStartingWith("sysctl: net.ipv4.ip_forward with the host's network namespace");
  }

  @Test
  void whatSelinuxIsToDoIsTakenOverAndWhatNoPolicyHasIsRefused() {
    assertThat(SandboxRequests.config(selinux("spc_t", "s0:c1,c2").build()).selinux())
        .contains(new SelinuxOptions("", "r", "spc_t", "s0:c1,c2"));
    assertThat(
            SandboxRequests.config(pod(LinuxPodSandboxConfig.getDefaultInstance()).build())
                .selinux())
        .isEmpty();
    assertThat(refused(selinux("", "s0,c4,c5"))).startsWith("selinux level: 's0,c4,c5'");
    assertThat(refused(selinux("a:b", ""))).startsWith("selinux type: 'a:b'");
  }

  private static PodSandboxConfig.Builder selinux(String type, String level) {
    return pod(
        LinuxPodSandboxConfig.newBuilder()
            .setSecurityContext(
                LinuxSandboxSecurityContext.newBuilder()
                    .setSelinuxOptions(
                        SELinuxOption.newBuilder().setRole("r").setType(type).setLevel(level)))
            .build());
  }

  @Test
  void usersOfThePodsOwnAreOneRangeFromRootOn() {
    // Given
    var ids = List.of(ids(0, 1000, 100_000));

    // When
    var config = SandboxRequests.config(pod(users(NamespaceMode.POD, ids)).build());

    // Then
    assertThat(config.sharing().users())
        .contains(
            new IdMappings(
                List.of(new IdMapping(0, 1000, 100_000)),
                List.of(new IdMapping(0, 1000, 100_000))));
  }

  @Test
  void usersThatAreNotOneRangeFromRootOnAreRefused() {
    // Given
    var own = NamespaceMode.POD;
    var two = List.of(ids(0, 1000, 10), ids(10, 2000, 10));

    // Then
    assertThat(refused(pod(users(own, two)))).contains("expected: one range of each");
    assertThat(refused(pod(users(own, List.of(ids(1, 1000, 10)))))).contains("container id 0");
    assertThat(refused(pod(users(own, List.of())))).contains("expected: one range of each");
    assertThat(refused(pod(users(own, List.of(ids(0, 1000, 0))))))
        .startsWith("id mapping: 0 1000 0");
    assertThat(refused(pod(users(own, List.of(ids(0, -2, 3)))))).contains("from 0 to 4294967294");
    assertThat(refused(pod(users(NamespaceMode.NODE, two)))).contains("NODE with id mappings");
    assertThat(refused(pod(users(NamespaceMode.CONTAINER, List.of()))))
        .isEqualTo("user namespace: CONTAINER (expected: POD or NODE)");
    assertThat(refused(pod(users(NamespaceMode.TARGET, List.of()))))
        .isEqualTo("user namespace: TARGET (expected: POD or NODE)");
  }

  @Test
  void usersOfThePodsOwnWithProcessesOfTheHostAreRefused() {
    // Given
    var cri = pod(users(NamespaceMode.POD, List.of(ids(0, 1000, 10))));
    cri.getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.NODE);

    // Then
    assertThat(refused(cri)).startsWith("user namespace: of the pod's own with the host's pid");
  }

  private static LinuxPodSandboxConfig users(NamespaceMode mode, List<IDMapping> ids) {
    return linux(
            NamespaceOption.newBuilder()
                .setUsernsOptions(
                    UserNamespace.newBuilder().setMode(mode).addAllUids(ids).addAllGids(ids))
                .build())
        .build();
  }

  private static IDMapping ids(int container, int host, int length) {
    return IDMapping.newBuilder()
        .setContainerId(container)
        .setHostId(host)
        .setLength(length)
        .build();
  }

  private static String refused(PodSandboxConfig.Builder cri) {
    try {
      SandboxRequests.config(cri.build());
    } catch (RuntimeException fault) {
      return String.valueOf(fault.getMessage());
    }
    return "";
  }

  private static LinuxPodSandboxConfig.Builder linux(NamespaceOption options) {
    return LinuxPodSandboxConfig.newBuilder()
        .setSecurityContext(LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(options));
  }

  private static PodSandboxConfig.Builder pod(LinuxPodSandboxConfig linux) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("web").setNamespace("default").setUid("u"))
        .setLinux(linux);
  }
}
