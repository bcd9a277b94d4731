package io.gantry.call;

/**
 * The name of a step of a flow. Each flow has an enum of them, so that a test can enumerate every
 * step there is, and kill the daemon before and after it.
 */
public interface StepName {
  /** The operation, for example {@code RunPodSandbox}. */
  String flow();

  /** The enum constant. */
  String name();

  /** {@code RunPodSandbox/network}: how metrics, logs and failpoints call it. */
  default String id() {
    return flow() + "/" + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
