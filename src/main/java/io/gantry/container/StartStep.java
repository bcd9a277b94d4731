package io.gantry.container;

import io.gantry.call.StepName;

/** The steps of starting a container. */
enum StartStep implements StepName {
  RUNTIME,
  RUNNING;

  @Override
  public String flow() {
    return "StartContainer";
  }
}
