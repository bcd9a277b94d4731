package io.gantry.image;

import io.gantry.call.StepName;

/** The steps of a pull, in order. */
enum PullStep implements StepName {
  /** What the reference stands for on this platform. */
  RESOLVE,
  /** The image's configuration, verified. */
  CONFIG,
  /** Every layer on the shelf, verified. */
  LAYERS,
  /** A seam on each layer that leaves something to those below it. */
  SEAM,
  /** And on the disk. */
  SYNC,
  /** The image's record, and the fact. */
  RECORD;

  @Override
  public String flow() {
    return "PullImage";
  }
}
