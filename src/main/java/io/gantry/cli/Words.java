package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Values as people read them. */
final class Words {
  private static final int SHORT = 13;

  private Words() {}

  static String id(JsonNode node) {
    var text = node.asText().replaceFirst("^sha256:", "");
    return text.length() > SHORT ? text.substring(0, SHORT) : text;
  }

  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    var value = (double) bytes;
    var unit = -1;
    while (value >= 1024 && unit < 3) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %siB", value, "KMGT".charAt(unit));
  }

  static String age(JsonNode time, Instant now) {
    return time.isMissingNode() ? "" : span(Duration.between(Instant.parse(time.asText()), now));
  }

  static String span(Duration span) {
    var seconds = Math.max(0, span.toSeconds());
    if (seconds < 120) {
      return seconds + "s";
    }
    if (seconds < 120 * 60) {
      return seconds / 60 + "m";
    }
    return seconds < 48 * 3600 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
  }

  static String millis(double millis) {
    return millis < 1000
        ? String.format(Locale.ROOT, "%.1f ms", millis)
        : String.format(Locale.ROOT, "%.1f s", millis / 1000);
  }

  static List<String> texts(JsonNode array) {
    var all = new ArrayList<String>();
    array.forEach(it -> all.add(it.asText()));
    return all;
  }
}
