package io.gantry.runtime;

/**
 * What a pod of a handler takes beside its containers: the kernel or the machine that it is.
 *
 * @param memoryBytes 0 for none
 * @param cpuMillis thousandths of a processor; 0 for none
 */
public record Overhead(long memoryBytes, long cpuMillis) {
  public static final Overhead NONE = new Overhead(0, 0);
}
