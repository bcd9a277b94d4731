package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.cri.proto.LinuxContainerSecurityContext;
import io.gantry.cri.proto.SecurityProfile;
import io.gantry.cri.proto.SecurityProfile.ProfileType;
import io.gantry.security.Profile;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // the kubelet still sets the older forms
class ProfilesTest {
  @Test
  void theNewerFormComesBeforeTheOlder() {
    var cri =
        LinuxContainerSecurityContext.newBuilder()
            .setSeccomp(SecurityProfile.newBuilder().setProfileType(ProfileType.Unconfined))
            .setSeccompProfilePath("runtime/default")
            .setApparmor(
                SecurityProfile.newBuilder()
                    .setProfileType(ProfileType.Localhost)
                    .setLocalhostRef("localhost/web"))
            .setApparmorProfile("localhost/other")
            .build();

    assertThat(Profiles.seccomp(cri)).contains(Profile.UNCONFINED);
    assertThat(Profiles.appArmor(cri)).contains(Profile.localhost("web"));
  }

  @Test
  void theOlderFormCountsAlone() {
    var cri =
        LinuxContainerSecurityContext.newBuilder()
            .setSeccompProfilePath("localhost//var/lib/kubelet/seccomp/p.json")
            .setApparmorProfile("runtime/default")
            .build();

    assertThat(Profiles.seccomp(cri))
        .contains(Profile.localhost("/var/lib/kubelet/seccomp/p.json"));
    assertThat(Profiles.appArmor(cri)).contains(Profile.RUNTIME_DEFAULT);
  }

  @Test
  void nothingSetIsNothingAsked() {
    var cri = LinuxContainerSecurityContext.getDefaultInstance();

    assertThat(Profiles.seccomp(cri)).isEmpty();
    assertThat(Profiles.appArmor(cri)).isEmpty();
  }

  @Test
  void aProfileThatIsSetAndSaysNothingIsTheDefault() {
    var cri =
        LinuxContainerSecurityContext.newBuilder()
            .setSeccomp(SecurityProfile.getDefaultInstance())
            .build();

    assertThat(Profiles.seccomp(cri)).contains(Profile.RUNTIME_DEFAULT);
  }

  @Test
  void anUnknownWordIsRefused() {
    var cri =
        LinuxContainerSecurityContext.newBuilder().setSeccompProfilePath("docker/other").build();

    assertThatThrownBy(() -> Profiles.seccomp(cri))
        .hasMessage(
            "seccomp profile: 'docker/other' (expected: runtime/default, unconfined or localhost/…)");
  }
}
