package io.gantry.shim;

import io.gantry.call.StepName;

/** How a container comes to be. */
enum CreateStep implements StepName {
  LEDGER,
  ROOTFS,
  BUNDLE,
  SHIM,
  TASK,
  PROCESSES;

  @Override
  public String flow() {
    return "ShimCreate";
  }
}
