package io.gantry.monitor;

import io.gantry.call.StepName;

/** How a container comes to be. */
enum CreateStep implements StepName {
  LEDGER,
  ROOTFS,
  BUNDLE,
  CONMON,
  PROCESSES;

  @Override
  public String flow() {
    return "RuntimeCreate";
  }
}
