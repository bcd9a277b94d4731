package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.cli.Signature.Given;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The commands that list. */
final class Lists {
  private Lists() {}

  private static List<List<String>> rows(JsonNode all, Function<JsonNode, List<String>> row) {
    var rows = new ArrayList<List<String>>();
    all.forEach(one -> rows.add(row.apply(one)));
    return rows;
  }

  static final class Pods extends Asking {
    Pods() {
      super("pods", "Lists pods.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var now = Instant.now(clock());
      var all = daemon.get("/sandboxes");
      show(
          console,
          all,
          List.of("ID", "NAMESPACE", "NAME", "STATE", "HANDLER", "IP", "AGE"),
          rows(
              all,
              it ->
                  List.of(
                      Words.id(it.path("id")),
                      it.path("namespace").asText(),
                      it.path("name").asText(),
                      it.path("state").asText(),
                      it.path("handler").asText(),
                      it.path("ips").path(0).asText(),
                      Words.age(it.path("createdAt"), now))));
    }
  }

  static final class Ps extends Asking {
    private final Given<Boolean> all = takes.flag("-a, --all", "Also those that have ended.");

    Ps() {
      super("ps", "Lists containers.");
      takes.footer("", "Example: gantry ps -a -o json | jq '.[].reason'");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var now = Instant.now(clock());
      var chosen = Trees.MAKE.arrayNode();
      for (var one : daemon.get("/containers")) {
        if (all.get() || !one.path("state").asText().equals("exited")) {
          chosen.add(one);
        }
      }
      show(
          console,
          chosen,
          List.of("ID", "NAME", "POD", "STATE", "IMAGE", "AGE"),
          rows(
              chosen,
              it ->
                  List.of(
                      Words.id(it.path("id")),
                      it.path("name").asText(),
                      it.path("pod").asText(),
                      state(it),
                      it.path("image").asText(),
                      Words.age(it.path("createdAt"), now))));
    }

    private static String state(JsonNode container) {
      var state = container.path("state").asText();
      return state.equals("exited")
          ? "exited %d (%s)"
              .formatted(container.path("exitCode").asInt(), container.path("reason").asText())
          : state;
    }
  }

  static final class Images extends Asking {
    Images() {
      super("images", "Lists images.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var now = Instant.now(clock());
      var all = daemon.get("/images");
      show(
          console,
          all,
          List.of("ID", "SIZE", "AGE", "NAMES"),
          rows(
              all,
              it ->
                  List.of(
                      Words.id(it.path("id")),
                      Words.bytes(it.path("sizeBytes").asLong()),
                      Words.age(it.path("pulledAt"), now),
                      String.join(
                          " ",
                          Words.texts(it.path(it.path("tags").isEmpty() ? "digests" : "tags"))))));
    }
  }

  static final class Handlers extends Asking {
    Handlers() {
      super("handlers", "Lists runtime handlers, ready or why not.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var all = daemon.get("/handlers");
      show(
          console,
          all,
          List.of("NAME", "DEFAULT", "READY", "VERSION", "OVERHEAD", "WHY NOT"),
          rows(
              all,
              it ->
                  List.of(
                      it.path("name").asText(),
                      it.path("isDefault").asBoolean() ? "yes" : "",
                      it.path("ready").asBoolean() ? "yes" : "no",
                      it.path("version").asText(),
                      overhead(it),
                      it.path("why").asText())));
    }

    private static String overhead(JsonNode handler) {
      var memory = handler.path("overheadMemoryBytes").asLong();
      var cpu = handler.path("overheadCpuMillis").asLong();
      return Stream.of(memory == 0 ? "" : (memory >> 20) + "Mi", cpu == 0 ? "" : cpu + "m")
          .filter(text -> !text.isEmpty())
          .collect(Collectors.joining(" "));
    }
  }

  static final class Networks extends Asking {
    Networks() {
      super("networks", "Lists pod networks, ready or why not.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var all = daemon.get("/networks");
      show(
          console,
          all,
          List.of("NAME", "CNI", "PLUGINS", "READY", "FILE", "WHY NOT"),
          rows(
              all,
              it ->
                  List.of(
                      it.path("name").asText(),
                      it.path("cniVersion").asText(),
                      String.join(",", Words.texts(it.path("plugins"))),
                      it.path("ready").asBoolean() ? "yes" : "no",
                      it.path("file").asText(),
                      it.path("why").asText())));
    }
  }

  static final class Config extends Asking {
    Config() {
      super("config", "Shows every key of the daemon's configuration.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var all = daemon.get("/node/config");
      show(
          console,
          all,
          List.of("KEY", "VALUE", "FROM"),
          rows(
              all,
              it ->
                  List.of(
                      it.path("key").asText(),
                      it.path("value").asText(),
                      it.path("source").asText())));
    }
  }

  static final class Operations extends Asking {
    Operations() {
      super("operations", "Lists calls under way, and those that ended lately.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var all = daemon.get("/operations");
      show(
          console,
          all,
          List.of("NUMBER", "CALL", "FROM", "TOOK", "STATE", "ABOUT"),
          rows(
              all,
              it ->
                  List.of(
                      it.path("number").asText(),
                      it.path("name").asText(),
                      it.path("actor").asText(),
                      Words.millis(it.path("millis").asDouble()),
                      state(it),
                      String.join(" ", Words.texts(it.path("subjects"))))));
    }

    private static String state(JsonNode call) {
      if (call.path("over").asBoolean()) {
        return call.has("problem") ? "failed" : "done";
      }
      var who = call.path("waits").path(0).path("who");
      return call.path("now").isEmpty() && who.isTextual()
          ? "waits for " + who.asText()
          : "in " + call.path("now").path(0).path("name").asText("its queue");
    }
  }
}
