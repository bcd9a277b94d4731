package io.gantry.sandbox;

import io.gantry.call.StepName;

/** The steps of running a sandbox, in order; namespaces and files go side by side. */
enum RunStep implements StepName {
  RECORD,
  DIRECTORIES,
  NAMESPACES,
  FILES,
  NETWORK,
  RUNTIME,
  READY;

  @Override
  public String flow() {
    return "RunPodSandbox";
  }
}
