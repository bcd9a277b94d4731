package io.gantry.container;

import io.gantry.call.StepName;

/** The steps of creating a container, in order. */
enum CreateStep implements StepName {
  RECORD,
  DIRECTORIES,
  VOLUMES,
  RUNTIME,
  CREATED;

  @Override
  public String flow() {
    return "CreateContainer";
  }
}
