package io.gantry.security;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.gantry.runtime.Confines;
import io.gantry.runtime.Labels;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What this host can confine processes with.
 *
 * <p>Call from any thread; nothing blocks. What is asked for and not there is FAILED_PRECONDITION,
 * what is written wrongly INVALID_ARGUMENT; both say what.
 */
public interface Confinement {
  /**
   * What this host has, looked at once; where it has AppArmor, the default profile is loaded. That
   * this fails stops no start: the containers that need it say why. FAILED_PRECONDITION if SELinux
   * is {@link SelinuxMode#REQUIRED} and not there.
   */
  static Future<Confinement> on(Call call, Host host, SelinuxMode selinux) {
    return HostConfinement.on(call, host, Path.of("/"), selinux);
  }

  /** What a runtime is to be told of a process. */
  Future<Confines> of(Call call, Asked asked);

  /** The SELinux labels of a process and of its files; none where nothing is labelled. */
  Future<Labels> labels(AskedLabels asked);

  /**
   * A level for a pod, by which SELinux keeps it from all others: a pair of categories. Empty where
   * nothing is labelled.
   *
   * @param taken whether another pod has a level
   */
  Optional<String> level(Predicate<String> taken);

  /** What SELinux does here, or why nothing: for a status. */
  String selinux();
}
