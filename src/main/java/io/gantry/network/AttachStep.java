package io.gantry.network;

import io.gantry.call.StepName;

/** The steps of attaching a pod. */
enum AttachStep implements StepName {
  /** The plugins add the pod, one after the other. */
  RUN_PLUGINS,
  /** The result is kept for the DEL. */
  KEEP_RESULT;

  @Override
  public String flow() {
    return "Attach";
  }
}
