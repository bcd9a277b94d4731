package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.SELinuxOption;
import io.gantry.cri.proto.UserNamespace;
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
  void whatIsNotSupportedIsRefusedByName() {
    var userNamespace =
        NamespaceOption.newBuilder()
            .setUsernsOptions(UserNamespace.newBuilder().setMode(NamespaceMode.POD))
            .build();
    var selinux =
        LinuxPodSandboxConfig.newBuilder()
            .setSecurityContext(
                LinuxSandboxSecurityContext.newBuilder()
                    .setSelinuxOptions(SELinuxOption.newBuilder().setLevel("s0")))
            .build();

    assertThat(refused(pod(linux(userNamespace).build()))).startsWith("user namespace");
    assertThat(refused(pod(selinux))).startsWith("selinux options");
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
