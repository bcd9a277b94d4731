package io.gantry.monitor;

import io.gantry.driver.PodInit;
import io.gantry.runtime.PodSpec;
import java.nio.file.Path;
import java.util.Optional;

/** The workload that stands for a pod: it holds the PID namespace that containers share. */
final class Holder {
  private Holder() {}

  /**
   * @param ownKernel whether it is a kernel of the pod's own as well
   */
  static Workload workload(PodSpec pod, Path init, ConmonConfig config, boolean ownKernel) {
    var root = pod.directory().resolve("root");
    var spec = PodInit.spec(pod, init, root, config.defaultCgroupParent());
    return new Workload(
        pod.id().value(),
        pod.id(),
        true,
        new Bundle(pod.directory()),
        ownKernel ? PodInit.named(pod, spec) : spec,
        Optional.empty(),
        root,
        Optional.empty(),
        false,
        false,
        false);
  }
}
