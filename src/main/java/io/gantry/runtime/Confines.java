package io.gantry.runtime;

import io.gantry.oci.RuntimeSpec.Seccomp;
import org.jspecify.annotations.Nullable;

/** What a runtime is told of the confinement of a process; null for none. */
public record Confines(@Nullable Seccomp seccomp, @Nullable String appArmor) {
  public static final Confines NONE = new Confines(null, null);
}
