package io.gantry.sandbox;

import io.gantry.call.StepName;

/** The steps of stopping a sandbox. None is undone: a stop that failed is continued by the next. */
enum StopStep implements StepName {
  CLOSING,
  EVICT,
  RUNTIME,
  NETWORK,
  NAMESPACES,
  CLOSED;

  @Override
  public String flow() {
    return "StopPodSandbox";
  }
}
