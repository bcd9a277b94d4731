package io.gantry.security;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What a process is to be confined by.
 *
 * @param seccomp empty for no filter
 * @param appArmor empty for the default profile where the host has AppArmor
 * @param capabilities that it is granted; a seccomp profile may look at them
 */
public record Asked(
    Optional<Profile> seccomp, Optional<Profile> appArmor, Collection<String> capabilities) {
  public Asked {
    capabilities = List.copyOf(capabilities);
  }

  /** A privileged process is never confined, whatever is asked for it. */
  public static Asked privileged() {
    return new Asked(Optional.of(Profile.UNCONFINED), Optional.of(Profile.UNCONFINED), List.of());
  }
}
