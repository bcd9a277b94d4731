package io.gantry.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Where the time of a call went, by the daemon's own account: what its phases' sums grew by while
 * one call, and no other, was under way.
 */
final class Phases {
  /** What the daemon had counted at one moment: seconds by operation, and by phase below it. */
  record Sums(Map<String, Double> calls, Map<String, Map<String, Double>> phases) {
    static final Sums NONE = new Sums(Map.of(), Map.of());

    double call(String operation) {
      return calls.getOrDefault(operation, 0.0);
    }

    Map<String, Double> phases(String operation) {
      return phases.getOrDefault(operation, Map.of());
    }
  }

  /** One phase of an operation: its median, and whether it is part of another one's time. */
  record Phase(String name, double millis, boolean part) {}

  /**
   * Calls of one operation.
   *
   * @param wallMillis the median for the caller
   * @param covered the share of the caller's time that phases and transport explain, over all calls
   */
  record Account(String operation, double wallMillis, double covered, List<Phase> phases) {}

  private static final Pattern SUM =
      Pattern.compile("gantry_(phase|rpc)_seconds_sum\\{([^}]*)\\} (\\S+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
  private static final String BETWEEN = "/between";

  /** What passes before the daemon has the request and after it has answered. */
  private static final String TRANSPORT = "transport";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, List<Double>> walls = new LinkedHashMap<>();
  private final Map<String, List<Double>> covered = new HashMap<>();
  private final Map<String, Map<String, List<Double>>> phases = new HashMap<>();

  /** All sums now; none for a runtime that serves none. */
  Sums now(Peer peer) {
    return peer.metrics().map(this::scraped).orElse(Sums.NONE);
  }

  /** Notes one call of {@code operation}, which took {@code millis} for its caller. */
  void add(String operation, double millis, Sums before, Sums after) {
    if (after.calls().isEmpty()) {
      return;
    }
    walls.computeIfAbsent(operation, _ -> new ArrayList<>()).add(millis);
    var explained = millis;
    for (var sum : after.phases(operation).entrySet()) {
      var grown = (sum.getValue() - before.phases(operation).getOrDefault(sum.getKey(), 0.0)) * 1e3;
      if (sum.getKey().endsWith(BETWEEN)) {
        explained -= grown;
      } else if (grown > 0) {
        note(operation, sum.getKey(), grown);
      }
    }
    note(operation, TRANSPORT, millis - (after.call(operation) - before.call(operation)) * 1e3);
    covered.computeIfAbsent(operation, _ -> new ArrayList<>()).add(explained);
  }

  private void note(String operation, String phase, double millis) {
    phases
        .computeIfAbsent(operation, _ -> new LinkedHashMap<>())
        .computeIfAbsent(phase, _ -> new ArrayList<>())
        .add(millis);
  }

  /** Of all operations that have phases, in the order in which they were first called. */
  List<Account> accounts() {
    return walls.keySet().stream().filter(phases::containsKey).map(this::account).toList();
  }

  private Account account(String operation) {
    var rows = new ArrayList<Phase>();
    phases
        .get(operation)
        .forEach(
            (name, times) ->
                rows.add(new Phase(name, median(times), !name.startsWith(operation + "/"))));
    rows.sort((a, b) -> Double.compare(b.millis(), a.millis()));
    var share = sum(covered.get(operation)) / sum(walls.get(operation));
    return new Account(operation, median(walls.get(operation)), share, rows);
  }

  private static double sum(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }

  private static double median(List<Double> values) {
    return Samples.quantile(values.stream().mapToDouble(Double::doubleValue).toArray(), 0.5);
  }

  private Sums scraped(String url) {
    try {
      var request = HttpRequest.newBuilder(URI.create(url)).build();
      return parsed(http.send(request, BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new IllegalStateException("metrics: " + url + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Sums parsed(String text) {
    var sums = new Sums(new HashMap<>(), new HashMap<>());
    SUM.matcher(text)
        .results()
        .forEach(
            found -> {
              var labels = new HashMap<String, String>();
              LABEL
                  .matcher(found.group(2))
                  .results()
                  .forEach(label -> labels.put(label.group(1), label.group(2)));
              var seconds = Double.parseDouble(found.group(3));
              if (found.group(1).equals("rpc")) {
                sums.calls().merge(labels.get("method"), seconds, Double::sum);
              } else {
                sums.phases()
                    .computeIfAbsent(labels.get("operation"), _ -> new HashMap<>())
                    .merge(labels.get("phase"), seconds, Double::sum);
              }
            });
    return sums;
  }
}
