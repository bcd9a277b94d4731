package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.cli.Signature.Given;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** The commands that look at one thing. */
final class Looks {
  private static final List<String> NAME = List.of("name");

  private Looks() {}

  static final class Why extends Asking {
    private static final int CALLS_MAX = 3;

    private final Given<String> name = takes.parameter("POD|CONTAINER|PULL");

    Why() {
      super(
          "why",
          "Says why a pod, a container or a pull does not get on: the call it is in, whom that waits"
              + " for, what failed before, and what to do.");
      takes.footer(
          "",
          "Examples:",
          "  gantry why web-0                       a pod, by its name",
          "  gantry why shop/web-0                  the same, with its namespace",
          "  gantry why 3165fb8db7c1                the beginning of an id",
          "  gantry why registry.example/web:1.4    a pull");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var answer = daemon.get("/why?name=" + RestClient.part(name.get()));
      if (shown(console, answer)) {
        return;
      }
      console.line(
          console.bold(answer.path("subject").asText() + " " + answer.path("name").asText())
              + ": "
              + answer.path("state").asText());
      console.line("  " + answer.path("summary").asText());
      answer.path("advice").forEach(it -> console.line("  -> " + it.asText()));
      var left = CALLS_MAX;
      for (var call : answer.path("operations")) {
        if (left-- > 0) {
          call(console, call);
        }
      }
    }

    private static void call(Console console, JsonNode call) {
      console.line("");
      console.line(
          "%s, %s, %s (call %s of %s)"
              .formatted(
                  console.bold(call.path("name").asText()),
                  outcome(call),
                  Words.millis(call.path("millis").asDouble()),
                  call.path("number").asText(),
                  call.path("actor").asText()));
      for (var phase : call.path("phases")) {
        line(console, phase, phase.path("outcome").asText());
      }
      for (var step : call.path("now")) {
        line(console, step, "under way");
      }
      for (var wait : call.path("waits")) {
        console.line(
            "    waits for %s for %s%s"
                .formatted(
                    wait.path("who").asText(),
                    Words.millis(wait.path("millis").asDouble()),
                    said(wait.path("lastWords").asText())));
      }
      if (call.has("problem")) {
        console.line("    " + console.red(call.path("problem").path("detail").asText()));
      }
    }

    private static String outcome(JsonNode call) {
      if (!call.path("over").asBoolean()) {
        return "under way";
      }
      return call.has("problem") ? "failed" : "done";
    }

    private static String said(String words) {
      return words.isEmpty() ? "" : "; its last words: " + words;
    }

    private static void line(Console console, JsonNode phase, String outcome) {
      console.line(
          "    %-32s %12s  %s"
              .formatted(
                  phase.path("name").asText(),
                  Words.millis(phase.path("millis").asDouble()),
                  outcome.equals("ok") ? "" : outcome));
    }
  }

  static final class Logs extends Asking {
    private final Given<String> name =
        takes.parameter("CONTAINER", "A name, or the beginning of an id.");

    private final Given<Boolean> follow =
        takes.flag("-f, --follow", "And what it says, until it has ended.");

    private final Given<Long> tail =
        takes.option("--tail=LINES", Long.class, -1L, "Only the last lines.");

    private final Given<Boolean> timestamps =
        takes.flag("-t, --timestamps", "With time and stream.");

    Logs() {
      super("logs", "Prints what a container has said.");
      takes.footer("", "Example: gantry logs -f --tail 20 web");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var id = found(daemon.get("/containers"), "container", name.get(), NAME);
      var path =
          "/containers/" + id + "/logs?follow=" + follow.get() + "&timestamps=" + timestamps.get();
      daemon.follow(
          tail.get() < 0 ? path : path + "&tail=" + tail.get(),
          bytes -> {
            System.out.write(bytes, 0, bytes.length);
            System.out.flush();
          });
    }
  }

  static final class Events extends Asking {
    private final Given<Long> since =
        takes.option(
            "--since=NUMBER",
            Long.class,
            -1L,
            "Begin after this event. Default: with what happens from now on.");

    private final Given<String> type =
        takes.option("--type=WORD", "Only events whose type begins so.");

    @SuppressWarnings("UnusedVariable") // typed out of habit, from logs -f
    private final Given<Boolean> follow =
        takes.flag("-f, --follow", "Goes on until it is interrupted, as it does without this.");

    Events() {
      super("events", "Prints what happens as it happens.");
      takes.footer("", "Example: gantry events --type Container --since 0");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var query = new ArrayList<String>();
      if (since.get() >= 0) {
        query.add("since=" + since.get());
      }
      if (!type.get().isEmpty()) {
        query.add("type=" + RestClient.part(type.get()));
      }
      var lines = new EventLines(line -> console.line(line));
      daemon.follow(
          "/events" + (query.isEmpty() ? "" : "?" + String.join("&", query)),
          bytes -> lines.take(new String(bytes, StandardCharsets.UTF_8)));
    }
  }

  static final class Inspect extends Asking {
    private final Given<String> name =
        takes.parameter("NAME", "A name, an image reference, or the beginning of an id.");

    Inspect() {
      super("inspect", "Shows all that is told of a pod, a container or an image.");
      takes.footer("", "Example: gantry inspect -o yaml web");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var answer = find(daemon);
      if (!shown(console, answer)) {
        console.line(answer.toPrettyString());
      }
    }

    private JsonNode find(RestClient daemon) {
      for (var kind : List.of("containers", "sandboxes")) {
        for (var one : daemon.get("/" + kind)) {
          if (one.path("name").asText().equals(name.get())
              || one.path("id").asText().startsWith(name.get())) {
            return one;
          }
        }
      }
      var images = daemon.get("/images?reference=" + RestClient.part(name.get()));
      if (!images.isEmpty()) {
        return images.path(0);
      }
      throw new Refused(
          Refused.NO,
          "'"
              + name.get()
              + "' is not here (expected: the name or id of a pod, container or image)");
    }
  }

  static final class Stats extends Asking {
    private static final long PAUSE_NANOS = 1_000_000_000;
    private static final Set<String> RUN = Set.of("running", "paused"); // which keeps its memory
    private static final List<String> HEAD =
        List.of("ID", "NAME", "POD", "CPU TIME", "CPU", "MEMORY", "LIMIT", "TASKS");

    private final Given<Boolean> once = takes.flag("--once", "Only now, also on a terminal.");

    private final Map<String, JsonNode> before = new HashMap<>();

    Stats() {
      super(
          "stats",
          "Shows what running containers use; on a terminal again every second, until it is"
              + " interrupted.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var rows = new ArrayList<List<String>>();
      var all = now(daemon, rows);
      if (shown(console, all)) {
        return;
      }
      if (once.get() || !console.terminal()) {
        console.table(HEAD, rows);
        return;
      }
      while (!console.out().checkError()) { // an interrupt ends it, or a terminal that is gone
        console.out().print("\033[H\033[J");
        console.table(HEAD, rows);
        LockSupport.parkNanos(PAUSE_NANOS);
        rows.clear();
        now(daemon, rows);
      }
    }

    private JsonNode now(RestClient daemon, List<List<String>> rows) {
      var all = Trees.MAKE.arrayNode();
      for (var one : daemon.get("/containers")) {
        if (RUN.contains(one.path("state").asText())) {
          of(daemon, one)
              .ifPresent(
                  stats -> {
                    all.add(stats);
                    rows.add(row(one, stats));
                  });
        }
      }
      return all;
    }

    /** Empty for one that has ended meanwhile. */
    private static Optional<JsonNode> of(RestClient daemon, JsonNode container) {
      try {
        return Optional.of(daemon.get("/containers/" + container.path("id").asText() + "/stats"));
      } catch (Refused gone) {
        if (gone.exitCode() == Refused.NO) {
          return Optional.empty();
        }
        throw gone;
      }
    }

    private List<String> row(JsonNode container, JsonNode stats) {
      var limit = stats.path("memoryLimitBytes");
      var last = before.put(container.path("id").asText(), stats);
      return List.of(
          Words.id(container.path("id")),
          container.path("name").asText(),
          container.path("pod").asText(),
          Words.millis(stats.path("cpuNanos").asDouble() / 1e6),
          last == null ? "" : percent(last, stats),
          Words.bytes(stats.path("workingSetBytes").asLong()),
          limit.isMissingNode() ? "" : Words.bytes(limit.asLong()),
          stats.path("tasks").asText());
    }

    /** Of one CPU, since the last look. */
    private static String percent(JsonNode last, JsonNode stats) {
      var passed =
          Duration.between(
              Instant.parse(last.path("at").asText()), Instant.parse(stats.path("at").asText()));
      var used = stats.path("cpuNanos").asDouble() - last.path("cpuNanos").asDouble();
      return passed.isZero()
          ? ""
          : String.format(Locale.ROOT, "%.1f %%", 100 * used / passed.toNanos());
    }
  }

  static final class Doctor extends Asking {
    private static final int BROKEN = 4;

    private final Given<Boolean> strict = takes.flag("--strict", "Warnings count as broken.");

    Doctor() {
      super(
          "doctor",
          "Says what this node has of what Gantry needs, and what to do about what it lacks.");
      takes.footer(
          "", "Exit code 4: something is broken. Without a running daemon: gantryd doctor.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var report = daemon.get("/node/doctor");
      if (!shown(console, report)) {
        report.path("findings").forEach(it -> finding(console, it));
      }
      var level = report.path("level").asText();
      if (level.equals("broken") || (strict.get() && level.equals("warning"))) {
        throw new Refused(BROKEN, "this node is not well: " + level);
      }
    }

    private static void finding(Console console, JsonNode finding) {
      var level = "%-8s".formatted(finding.path("level").asText());
      var well = level.startsWith("ok");
      console.line(
          "%s %-20s %s"
              .formatted(
                  level.startsWith("broken")
                      ? console.red(level)
                      : well ? level : console.bold(level),
                  finding.path("check").asText(),
                  finding.path("found").asText()));
      if (!well) {
        console.line("         " + finding.path("why").asText());
        console.line("         -> " + finding.path("fix").asText());
      }
    }
  }

  static final class Info extends Asking {
    Info() {
      super("info", "Shows this node and whether it can run pods.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var node = daemon.get("/node");
      if (shown(console, node)) {
        return;
      }
      console.line("gantryd " + node.path("version").asText());
      for (var condition : node.path("conditions")) {
        console.line(
            "%-12s %s"
                .formatted(
                    condition.path("name").asText(),
                    condition.path("ok").asBoolean()
                        ? "ok"
                        : console.red(condition.path("why").asText())));
      }
      for (var count : List.of("sandboxes", "containers", "images", "lastEvent")) {
        console.line("%-12s %s".formatted(count, node.path(count).asText()));
      }
    }
  }
}
