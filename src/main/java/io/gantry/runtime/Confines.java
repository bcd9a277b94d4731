package io.gantry.runtime;

import io.gantry.oci.RuntimeSpec.Seccomp;
import org.jspecify.annotations.Nullable;

/** What a runtime is told of the confinement of a process; null for none. */
public record Confines(@Nullable Seccomp seccomp, @Nullable String appArmor, Labels labels) {
  public static final Confines NONE = new Confines(null, null);

  /** Without labels. */
  public Confines(@Nullable Seccomp seccomp, @Nullable String appArmor) {
    this(seccomp, appArmor, Labels.NONE);
  }

  public Confines labelled(Labels labels) {
    return new Confines(seccomp, appArmor, labels);
  }
}
