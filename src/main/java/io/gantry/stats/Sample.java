package io.gantry.stats;

import java.util.List;

/**
 * One value of a metric. CRI metrics are whole numbers, so times are in full seconds.
 *
 * @param labels as many as {@link Family#labels} names, in that order
 * @param value unsigned
 */
public record Sample(Family family, List<String> labels, long value) {
  public Sample {
    labels = List.copyOf(labels);
  }
}
