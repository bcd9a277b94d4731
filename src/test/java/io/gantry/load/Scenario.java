package io.gantry.load;

/** Something that all runtimes are asked to do, in turn. */
interface Scenario {
  /** Asks, and adds what it saw. Removes whatever it made, also when it fails. */
  void run(Bench bench);
}
