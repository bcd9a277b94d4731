package io.gantry.container;

import io.gantry.call.StepName;

/** The steps of removing a container that has ended. */
enum RemoveStep implements StepName {
  RUNTIME,
  DIRECTORIES,
  RECORD;

  @Override
  public String flow() {
    return "RemoveContainer";
  }
}
