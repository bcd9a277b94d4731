package io.gantry.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What was measured: for each thing and each runtime one number a round, in rounds' order. */
final class Samples {
  /** The ratio of two medians, and where it lies with 95 % confidence. */
  record Ratio(double value, double low, double high) {}

  private static final int RESAMPLED = 2000;

  private final Map<String, Map<String, List<Double>>> all = new LinkedHashMap<>();

  void add(String what, Peer peer, double value) {
    all.computeIfAbsent(what, _ -> new LinkedHashMap<>())
        .computeIfAbsent(peer.name(), _ -> new ArrayList<>())
        .add(value);
  }

  /** What was measured whose names begin so, in the order in which it was. */
  List<String> names(String prefix) {
    return all.keySet().stream().filter(it -> it.startsWith(prefix)).toList();
  }

  double p99(String what, Peer peer) {
    return quantile(of(what, peer), 0.99);
  }

  boolean has(String what, Peer peer) {
    return all.containsKey(what) && all.get(what).containsKey(peer.name());
  }

  double median(String what, Peer peer) {
    return quantile(of(what, peer), 0.5);
  }

  double p10(String what, Peer peer) {
    return quantile(of(what, peer), 0.1);
  }

  double p90(String what, Peer peer) {
    return quantile(of(what, peer), 0.9);
  }

  int count(String what, Peer peer) {
    return of(what, peer).length;
  }

  /** Of the medians; the interval is that of a bootstrap over the rounds, with a fixed seed. */
  Ratio ratio(String what, Peer ours, Peer theirs) {
    var some = of(what, ours);
    var other = of(what, theirs);
    var random = new Random(1);
    var ratios = new double[RESAMPLED];
    for (var i = 0; i < RESAMPLED; i++) {
      ratios[i] = quantile(resampled(some, random), 0.5) / quantile(resampled(other, random), 0.5);
    }
    return new Ratio(
        quantile(some, 0.5) / quantile(other, 0.5),
        quantile(ratios, 0.025),
        quantile(ratios, 0.975));
  }

  private double[] of(String what, Peer peer) {
    return all.get(what).get(peer.name()).stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double[] resampled(double[] values, Random random) {
    return Arrays.stream(values).map(_ -> values[random.nextInt(values.length)]).toArray();
  }

  /** By linear interpolation between the closest ranks. */
  static double quantile(double[] values, double q) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    var at = q * (sorted.length - 1);
    var below = (int) Math.floor(at);
    var above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
