package io.gantry.sandbox;

import io.gantry.call.StepName;

/** The steps of removing a sandbox that has been stopped. */
enum RemoveStep implements StepName {
  CONTAINERS,
  DIRECTORIES,
  RECORD;

  @Override
  public String flow() {
    return "RemovePodSandbox";
  }
}
