package io.gantry.container;

import io.gantry.call.StepName;

/** The steps of stopping a container. */
enum StopStep implements StepName {
  SIGNAL,
  ENDED;

  @Override
  public String flow() {
    return "StopContainer";
  }
}
