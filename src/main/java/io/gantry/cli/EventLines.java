package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Server-sent events as a line each. */
final class EventLines {
  private final Consumer<String> each;
  private final StringBuilder rest = new StringBuilder();
  private String id = "";
  private String type = "";

  EventLines(Consumer<String> each) {
    this.each = each;
  }

  void take(String text) {
    rest.append(text);
    for (var end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      line(rest.substring(0, end));
      rest.delete(0, end + 1);
    }
  }

  private void line(String line) {
    if (line.startsWith("id: ")) {
      id = line.substring(4);
    } else if (line.startsWith("event: ")) {
      type = line.substring(7);
    } else if (line.startsWith("data: ")) {
      each.accept(shown(line.substring(6)));
    }
  }

  private String shown(String data) {
    try {
      var fact = Trees.read(data.getBytes(StandardCharsets.UTF_8));
      return type.equals("gap")
          ? "events %s to %s are lost"
              .formatted(fact.path("from").asText(), fact.path("to").asText())
          : "%6s  %s  %-18s %s".formatted(id, fact.path("at").asText(), type, about(fact));
    } catch (IOException notJson) {
      return id + "  " + type;
    }
  }

  private static String about(JsonNode fact) {
    var container = fact.path("container");
    if (!container.isMissingNode()) {
      var end =
          container.has("exitCode")
              ? " code %s (%s)"
                  .formatted(container.path("exitCode").asText(), container.path("reason").asText())
              : "";
      return Words.id(container.path("id"))
          + " "
          + container.path("pod").asText()
          + "/"
          + container.path("name").asText()
          + end;
    }
    var sandbox = fact.path("sandbox");
    if (!sandbox.isMissingNode()) {
      return Words.id(sandbox.path("id"))
          + " "
          + sandbox.path("namespace").asText()
          + "/"
          + sandbox.path("name").asText();
    }
    if (fact.has("reason") || fact.has("version") || fact.has("why")) { // of the node itself
      return fact.path("subject").asText()
          + " "
          + fact.path("reason").asText(fact.path("version").asText(fact.path("why").asText()))
          + (fact.path("notReady").isEmpty()
              ? ""
              : ", not ready: " + String.join("; ", Words.texts(fact.path("notReady"))));
    }
    return Words.id(fact.path("subject")) + " " + String.join(" ", Words.texts(fact.path("tags")));
  }
}
