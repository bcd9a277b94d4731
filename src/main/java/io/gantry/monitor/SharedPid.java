package io.gantry.monitor;

import io.gantry.driver.PodInit;
import io.gantry.runtime.PodSpec;
import java.nio.file.Path;
import java.util.Optional;

/** The workload that holds the PID namespace of a pod whose containers share one. */
final class SharedPid {
  private SharedPid() {}

  static Workload workload(PodSpec pod, Path init, ConmonConfig config) {
    var root = pod.directory().resolve("root");
    return new Workload(
        pod.id().value(),
        new Bundle(pod.directory()),
        PodInit.spec(pod, init, root, config.defaultCgroupParent()),
        Optional.empty(),
        root,
        Optional.empty(),
        false,
        false,
        false);
  }
}
