package io.gantry.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;

/**
 * JSON as Jackson's trees, by its parser alone: to load its mapper, which makes them otherwise,
 * takes a third of what a list takes (docs/performance.md).
 */
final class Trees {
  static final JsonNodeFactory MAKE = JsonNodeFactory.instance;
  private static final JsonFactory PARSERS = new JsonFactory();

  private Trees() {}

  /**
   * Reads UTF-8. Whole numbers have 64 bits, others are doubles.
   *
   * @throws IOException for what is no JSON, or more than one value
   */
  static JsonNode read(byte[] json) throws IOException {
    try (var parser = PARSERS.createParser(json)) {
      parser.nextToken();
      var value = value(parser);
      if (parser.nextToken() != null) {
        throw new IOException("json: more than one value");
      }
      return value;
    }
  }

  private static JsonNode value(JsonParser parser) throws IOException {
    var token = parser.currentToken();
    if (token == null) {
      throw new IOException("json: no value");
    }
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> MAKE.textNode(parser.getText());
      case VALUE_TRUE -> MAKE.booleanNode(true);
      case VALUE_FALSE -> MAKE.booleanNode(false);
      case VALUE_NUMBER_INT -> MAKE.numberNode(parser.getLongValue());
      case VALUE_NUMBER_FLOAT -> MAKE.numberNode(parser.getDoubleValue());
      default -> MAKE.nullNode();
    };
  }

  private static JsonNode object(JsonParser parser) throws IOException {
    var object = MAKE.objectNode();
    for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      object.set(name, value(parser));
    }
    return object;
  }

  private static JsonNode array(JsonParser parser) throws IOException {
    var array = MAKE.arrayNode();
    while (!parser.nextToken().isStructEnd()) {
      array.add(value(parser));
    }
    return array;
  }
}
