package io.gantry.sandbox;

import io.gantry.security.Confinement;
import io.gantry.security.SelinuxOptions;
import io.gantry.state.Records;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The SELinux levels of pods: what a pod asks for, else one that no other pod has for as long as it
 * is on record.
 */
final class Levels {
  private final Confinement confinement;
  private final Records<Sandbox> records;

  /** Of pods that are not on record yet. */
  private final Set<String> promised = ConcurrentHashMap.newKeySet();

  Levels(Confinement confinement, Records<Sandbox> records) {
    this.confinement = confinement;
    this.records = records;
  }

  /** The level of a new pod; {@code ""} where nothing is labelled. To be {@link #settled}. */
  String of(SandboxConfig config) {
    return asked(config).or(() -> confinement.level(this::taken)).orElse("");
  }

  private static Optional<String> asked(SandboxConfig config) {
    return config.selinux().map(SelinuxOptions::level).filter(level -> !level.isEmpty());
  }

  /** In this order: a pod is on record before its promise ends. */
  private boolean taken(String level) {
    if (!promised.add(level)) {
      return true;
    }
    var recorded = records.all().stream().anyMatch(it -> it.selinuxLevel().equals(level));
    if (recorded) {
      promised.remove(level);
    }
    return recorded;
  }

  /** The pod is on record, or will never be. */
  void settled(Sandbox sandbox) {
    if (asked(sandbox.config()).isEmpty()) {
      promised.remove(sandbox.selinuxLevel());
    }
  }
}
