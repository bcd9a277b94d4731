package io.gantry.runtime;

/** What a restart found of a container. */
public sealed interface Recovered {
  /** It waits to be started. */
  record Waiting(ContainerProcess process) implements Recovered {}

  /** It runs, or ran until just now: {@link PodRuntime#exit} tells. */
  record Running(ContainerProcess process) implements Recovered {}

  /** It ended while nobody looked. */
  record Ended(ExitStatus status) implements Recovered {}
}
