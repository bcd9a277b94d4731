package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * JSON as Jackson's trees, read without its parser: to load that, and the powers of ten that it has
 * made, takes a third of what a list takes (docs/performance.md).
 */
final class Trees {
  static final JsonNodeFactory MAKE = JsonNodeFactory.instance;
  private static final int DEPTH_MAX = 200;
  private static final int CODE_UNIT_DIGITS = 4;

  private final String text;
  private int at;

  private Trees(String text) {
    this.text = text;
  }

  /**
   * Reads UTF-8. Whole numbers have 64 bits, others are doubles.
   *
   * @throws IOException for what is no JSON, or more than one value, or nested over 200 deep
   */
  static JsonNode read(byte[] json) throws IOException {
    var reader = new Trees(new String(json, StandardCharsets.UTF_8));
    var value = reader.value(0);
    if (reader.next() != '\0' || reader.at < reader.text.length()) {
      throw reader.wrong("more than one value");
    }
    return value;
  }

  private JsonNode value(int depth) throws IOException {
    if (depth > DEPTH_MAX) {
      throw wrong("nested too deep");
    }
    return switch (next()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> MAKE.textNode(string());
      case 't' -> literal("true", MAKE.booleanNode(true));
      case 'f' -> literal("false", MAKE.booleanNode(false));
      case 'n' -> literal("null", MAKE.nullNode());
      default -> number();
    };
  }

  private JsonNode object(int depth) throws IOException {
    var object = MAKE.objectNode();
    at++;
    while (next() != '}') {
      if (!object.isEmpty()) {
        take(',');
      }
      var name = string();
      take(':');
      object.set(name, value(depth + 1));
    }
    at++;
    return object;
  }

  private JsonNode array(int depth) throws IOException {
    var array = MAKE.arrayNode();
    at++;
    while (next() != ']') {
      if (!array.isEmpty()) {
        take(',');
      }
      array.add(value(depth + 1));
    }
    at++;
    return array;
  }

  private JsonNode literal(String word, JsonNode value) throws IOException {
    if (!text.startsWith(word, at)) {
      throw wrong("no value");
    }
    at += word.length();
    return value;
  }

  private JsonNode number() throws IOException {
    var from = at;
    var whole = true;
    for (; at < text.length() && "+-.0123456789Ee".indexOf(text.charAt(at)) >= 0; at++) {
      whole &= ".Ee".indexOf(text.charAt(at)) < 0;
    }
    var digits = text.substring(from, at);
    try {
      return whole
          ? MAKE.numberNode(Long.parseLong(digits))
          : MAKE.numberNode(Double.parseDouble(digits));
    } catch (NumberFormatException nonsense) {
      throw wrong("no value");
    }
  }

  private String string() throws IOException {
    take('"');
    var made = new StringBuilder();
    var from = at;
    while (at < text.length()) {
      var sign = text.charAt(at++);
      if (sign == '"') {
        return made.append(text, from, at - 1).toString();
      }
      if (sign == '\\') {
        made.append(text, from, at - 1).append(escaped());
        from = at;
      }
    }
    throw wrong("a text without an end");
  }

  private char escaped() throws IOException {
    var sign = at < text.length() ? text.charAt(at++) : '\0';
    return switch (sign) {
      case '"', '\\', '/' -> sign;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> codeUnit();
      default -> throw wrong("no escape");
    };
  }

  private char codeUnit() throws IOException {
    try {
      var unit = Integer.parseInt(text, at, at + CODE_UNIT_DIGITS, 16);
      at += CODE_UNIT_DIGITS;
      return (char) unit;
    } catch (NumberFormatException | IndexOutOfBoundsException nonsense) {
      throw wrong("no escape");
    }
  }

  private void take(char sign) throws IOException {
    if (next() != sign) {
      throw wrong("no '" + sign + "'");
    }
    at++;
  }

  /** The sign after white space, which is not taken; 0 at the end. */
  private char next() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private IOException wrong(String what) {
    return new IOException("json: " + what + " at character " + at);
  }
}
