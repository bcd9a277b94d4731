package io.gantry.cri;

import io.gantry.cri.proto.LinuxContainerSecurityContext;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.SELinuxOption;
import io.gantry.cri.proto.SecurityProfile;
import io.gantry.security.Profile;
import io.gantry.security.SelinuxOptions;
import java.util.Optional;

/**
 * The CRI's profiles and labels. Each profile has an older form, a string, which counts if the
 * newer is not set.
 */
@SuppressWarnings("deprecation") // the kubelet still sets the older forms
final class Profiles {
  private static final String SECCOMP = "seccomp profile";
  private static final String APPARMOR = "apparmor profile";

  private Profiles() {}

  static Optional<Profile> seccomp(LinuxContainerSecurityContext cri) {
    return cri.hasSeccomp()
        ? Optional.of(profile(SECCOMP, cri.getSeccomp()))
        : old(SECCOMP, cri.getSeccompProfilePath());
  }

  static Optional<Profile> seccomp(LinuxSandboxSecurityContext cri) {
    return cri.hasSeccomp()
        ? Optional.of(profile(SECCOMP, cri.getSeccomp()))
        : old(SECCOMP, cri.getSeccompProfilePath());
  }

  static Optional<Profile> appArmor(LinuxContainerSecurityContext cri) {
    return cri.hasApparmor()
        ? Optional.of(profile(APPARMOR, cri.getApparmor()))
        : old(APPARMOR, cri.getApparmorProfile());
  }

  static Optional<Profile> appArmor(LinuxSandboxSecurityContext cri) {
    return cri.hasApparmor() ? Optional.of(profile(APPARMOR, cri.getApparmor())) : Optional.empty();
  }

  static Optional<SelinuxOptions> selinux(SELinuxOption cri) {
    return Optional.of(
            new SelinuxOptions(cri.getUser(), cri.getRole(), cri.getType(), cri.getLevel()))
        .filter(options -> !options.isEmpty());
  }

  private static Optional<Profile> old(String what, String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(Profile.parse(what, text));
  }

  private static Profile profile(String what, SecurityProfile cri) {
    return switch (cri.getProfileType()) {
      case RuntimeDefault -> Profile.RUNTIME_DEFAULT;
      case Unconfined -> Profile.UNCONFINED;
      case Localhost -> Profile.localhost(cri.getLocalhostRef());
      case UNRECOGNIZED -> throw Refusal.invalid(what, cri.getProfileTypeValue(), "0 to 2");
    };
  }
}
