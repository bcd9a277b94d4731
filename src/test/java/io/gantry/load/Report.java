package io.gantry.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The tables, in Markdown. */
final class Report {
  /**
   * A row.
   *
   * @param what as the samples name it
   * @param expected the highest ratio that the design promises; infinite where it promises none
   */
  private record Row(String what, double expected) {
    static Row of(String what) {
      return new Row(what, Double.POSITIVE_INFINITY);
    }
  }

  private static final List<Row> TIMES =
      List.of(
          new Row("RunPodSandbox", 0.35),
          Row.of("CreateContainer"),
          Row.of("StartContainer"),
          new Row(Lifecycle.UP, 0.45),
          new Row("ExecSync", 0.6),
          Row.of("20 ExecSync at once"),
          new Row(Streams.SHORT, 0.6),
          Row.of(Streams.SHORTS),
          Row.of("StopContainer"),
          Row.of("StopPodSandbox"),
          Row.of("RemoveContainer"),
          Row.of("RemovePodSandbox"),
          new Row(Lifecycle.DOWN, 0.7),
          Row.of("RunPodSandbox (PID=POD)"),
          Row.of(Lifecycle.UP + " (PID=POD)"),
          Row.of(Lifecycle.DOWN + " (PID=POD)"),
          Row.of("10 pods at once, up"),
          Row.of("10 pods at once, down"),
          new Row("50 pods at once, up", 0.4),
          Row.of("50 pods at once, down"),
          Row.of("PullImage, 4 layers, 48 MB"),
          Row.of("Version"),
          Row.of("ContainerStatus"),
          Row.of("ListContainers"),
          Row.of("ListPodSandboxStats"),
          Row.of("ListContainers, 200 containers"),
          Row.of("ListPodSandbox, 100 pods"),
          Row.of("ListPodSandboxStats, 100 pods"),
          Row.of("kill -9 with 100 pods, until all are listed"));

  private static final double THROUGHPUT_RATIO = 1.0;
  private static final double MANY_PODS_MEBIBYTES_MAX = 157;

  private final Bench bench;
  private final Samples samples;
  private final Peer ours;
  private final Peer theirs;

  Report(Bench bench) {
    this.bench = bench;
    this.samples = bench.samples();
    this.ours = bench.peers().getFirst();
    this.theirs = bench.peers().getLast();
  }

  String text() {
    var out = new StringBuilder();
    times(out);
    throughputs(out);
    memory(out);
    kinds(out);
    front(out);
    phases(out);
    return out.toString();
  }

  private void times(StringBuilder out) {
    line(
        out,
        "| milliseconds | %s, median / p90 | %s, median / p90 | ratio (95 %%) | expected | rounds |",
        ours.name(),
        theirs.name());
    line(out, "|---|---|---|---|---|---|");
    TIMES.stream().filter(row -> measured(row.what())).forEach(row -> line(out, "%s", row(row)));
    for (var what : List.of(Lifecycle.CPU, Lifecycle.CPU + " (PID=POD)")) {
      if (measured(what)) {
        line(
            out,
            "| %s | %s | %s | %.2f | | |",
            what,
            number(samples.median(what, ours)),
            number(samples.median(what, theirs)),
            samples.median(what, ours) / samples.median(what, theirs));
      }
    }
    line(out, "");
  }

  private String row(Row row) {
    var ratio = samples.ratio(row.what(), ours, theirs);
    return format(
        "| %s | %s / %s | %s / %s | %.2f (%.2f–%.2f) | %s | %d |",
        row.what(),
        number(samples.median(row.what(), ours)),
        number(samples.p90(row.what(), ours)),
        number(samples.median(row.what(), theirs)),
        number(samples.p90(row.what(), theirs)),
        ratio.value(),
        ratio.low(),
        ratio.high(),
        expected(row.expected(), ratio.value()),
        samples.count(row.what(), ours));
  }

  /** Here more is better: beside the median stands what nine rounds of ten surpass. */
  private void throughputs(StringBuilder out) {
    var rows = StreamFlow.titles().stream().filter(this::measured).toList();
    if (rows.isEmpty()) {
      return;
    }
    line(
        out,
        "| MiB/s, all streams together | %s, median / p10 | %s, median / p10 | ratio (95 %%) "
            + "| expected, at least | processor time, s/GiB | rounds |",
        ours.name(),
        theirs.name());
    line(out, "|---|---|---|---|---|---|---|");
    for (var what : rows) {
      var ratio = samples.ratio(what, ours, theirs);
      line(
          out,
          "| %s | %s / %s | %s / %s | %.2f (%.2f–%.2f) | %.2f, %s | %.1f, %.1f | %d |",
          what,
          number(samples.median(what, ours)),
          number(samples.p10(what, ours)),
          number(samples.median(what, theirs)),
          number(samples.p10(what, theirs)),
          ratio.value(),
          ratio.low(),
          ratio.high(),
          THROUGHPUT_RATIO,
          ratio.value() >= THROUGHPUT_RATIO ? "met" : "missed",
          samples.median(Streams.cpu(what), ours),
          samples.median(Streams.cpu(what), theirs),
          samples.count(what, ours));
    }
    line(out, "");
  }

  private static String expected(double most, double value) {
    return Double.isInfinite(most)
        ? ""
        : format("%.2f, %s", most, value <= most ? "met" : "missed");
  }

  private void memory(StringBuilder out) {
    var none = "memory, no pods (MiB)";
    var some = "memory, 20 pods (MiB)";
    var many = "memory, 100 pods (MiB)";
    if (!measured(none) || !measured(many)) {
      return;
    }
    line(out, "| PSS, MiB | %s | %s | ratio | expected |", ours.name(), theirs.name());
    line(out, "|---|---|---|---|---|");
    memoryRow(out, "no pods", value(none, ours), value(none, theirs), "");
    var perPodOurs = (value(some, ours) - value(none, ours)) / 20;
    var perPodTheirs = (value(some, theirs) - value(none, theirs)) / 20;
    memoryRow(
        out,
        "a pod with one container (of 20)",
        perPodOurs,
        perPodTheirs,
        expected(0.15, perPodOurs / perPodTheirs));
    memoryRow(
        out,
        "a pod with one container (21st to 100th)",
        (value(many, ours) - value(some, ours)) / 80,
        (value(many, theirs) - value(some, theirs)) / 80,
        "");
    memoryRow(
        out,
        "100 pods",
        value(many, ours),
        value(many, theirs),
        "157 MiB, " + (value(many, ours) <= MANY_PODS_MEBIBYTES_MAX ? "met" : "missed"));
    memoryRow(
        out,
        "100 pods, the daemon alone",
        value("of it the daemon, 100 pods (MiB)", ours),
        value("of it the daemon, 100 pods (MiB)", theirs),
        "");
    line(out, "");
  }

  private static void memoryRow(
      StringBuilder out, String what, double ours, double theirs, String expected) {
    line(out, "| %s | %.2f | %.2f | %.2f | %s |", what, ours, theirs, ours / theirs, expected);
  }

  private double value(String what, Peer peer) {
    return samples.median(what, peer);
  }

  /** A handler a row; of one that only one of them has, the other's cells are empty. */
  private void kinds(StringBuilder out) {
    var rows = Kinds.ALL.stream().filter(it -> samples.has(Kinds.UP + it.what(), ours)).toList();
    if (rows.isEmpty()) {
      return;
    }
    line(
        out,
        "| a pod with one container, %s / %s (ratio) | up, ms | exec, ms | down, ms | PSS, MiB |",
        ours.name(),
        theirs.name());
    line(out, "|---|---|---|---|---|");
    for (var row : rows) {
      line(
          out,
          "| %s | %s | %s | %s | %s |",
          row.what(),
          both(Kinds.UP + row.what()),
          both(Kinds.EXEC + row.what()),
          both(Kinds.DOWN + row.what()),
          both(Kinds.MEMORY + row.what()));
    }
    line(out, "");
  }

  private String both(String what) {
    return samples.has(what, theirs)
        ? format(
            "%s / %s (%.2f)",
            number(samples.median(what, ours)),
            number(samples.median(what, theirs)),
            samples.median(what, ours) / samples.median(what, theirs))
        : number(samples.median(what, ours)) + " / –";
  }

  /** What only Gantry has: its own numbers, and what it costs what both have. */
  private void front(StringBuilder out) {
    for (var prefix : List.of(Front.PREFIX, Fanout.PREFIX, Commands.PREFIX)) {
      var names = samples.names(prefix);
      if (!names.isEmpty()) {
        line(out, "| %s of %s | median | p90 | p99 | counted |", prefix.strip(), ours.name());
        line(out, "|---|---|---|---|---|");
        names.forEach(what -> line(out, "%s", frontRow(prefix, what)));
        line(out, "");
      }
    }
  }

  private String frontRow(String prefix, String what) {
    var alone = what.replace("(under load)", "(alone)");
    var times =
        alone.equals(what) || !samples.has(alone, ours)
            ? ""
            : format(", %.2f of alone", samples.median(what, ours) / samples.median(alone, ours));
    return format(
        "| %s%s | %s | %s | %s | %d |",
        what.substring(prefix.length()),
        times,
        number(samples.median(what, ours)),
        number(samples.p90(what, ours)),
        number(samples.p99(what, ours)),
        samples.count(what, ours));
  }

  private void phases(StringBuilder out) {
    var accounts = bench.phases().accounts();
    if (accounts.isEmpty()) {
      return;
    }
    line(
        out,
        "Where the time of %s goes (medians, ms; what is indented is part of a line above):",
        ours.name());
    line(out, "");
    line(out, "| call | wall | explained | phases |");
    line(out, "|---|---|---|---|");
    for (var account : accounts) {
      var top = new ArrayList<String>();
      var parts = new ArrayList<String>();
      for (var phase : account.phases()) {
        var shown =
            format("%s %s", shortName(account.operation(), phase.name()), number(phase.millis()));
        (phase.part() ? parts : top).add(shown);
      }
      line(
          out,
          "| %s | %s | %.0f %% | %s%s |",
          account.operation(),
          number(account.wallMillis()),
          account.covered() * 100,
          String.join(", ", top),
          parts.isEmpty() ? "" : " (parts: " + String.join(", ", parts) + ")");
    }
    line(out, "");
  }

  private static String shortName(String operation, String phase) {
    return phase.startsWith(operation + "/") ? phase.substring(operation.length() + 1) : phase;
  }

  private boolean measured(String what) {
    return samples.has(what, ours) && samples.has(what, theirs);
  }

  private static String number(double value) {
    return format(value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  }

  private static void line(StringBuilder out, String text, Object... args) {
    out.append(format(text, args)).append('\n');
  }

  private static String format(String text, Object... args) {
    return String.format(Locale.ROOT, text, args);
  }
}
