package io.gantry.sandbox;

import io.gantry.call.StepName;

/** The steps of running a sandbox, in order; those from sync to request go side by side. */
enum RunStep implements StepName {
  RECORD,
  DIRECTORIES,
  SYNC,
  GROUP,
  NAMESPACES,
  FILES,
  REQUEST,
  NETWORK,
  RUNTIME,
  READY;

  @Override
  public String flow() {
    return "RunPodSandbox";
  }
}
