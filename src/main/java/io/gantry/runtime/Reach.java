package io.gantry.runtime;

/** Whom a signal is for. */
public enum Reach {
  /** The container's first process. */
  FIRST,
  /** Every process of the container, by its control group. */
  ALL
}
