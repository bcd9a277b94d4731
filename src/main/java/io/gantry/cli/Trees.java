package io.gantry.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** JSON as trees, without the mapper of Jackson: that takes longer to load than a command runs. */
final class Trees {
  static final JsonNodeFactory MAKE = JsonNodeFactory.instance;
  private static final JsonFactory JSON = new JsonFactory();

  private Trees() {}

  /**
   * @throws IOException for what is no JSON, or more than one value
   */
  static JsonNode read(byte[] text) throws IOException {
    try (var parser = JSON.createParser(text)) {
      var value = value(parser, parser.nextToken());
      if (parser.nextToken() != null) {
        throw new IOException("more than one value");
      }
      return value;
    }
  }

  private static JsonNode value(JsonParser parser, @Nullable JsonToken token) throws IOException {
    if (token == null) {
      throw new EOFException("no value");
    }
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> MAKE.textNode(parser.getText());
      case VALUE_NUMBER_INT -> MAKE.numberNode(parser.getLongValue());
      case VALUE_NUMBER_FLOAT -> MAKE.numberNode(parser.getDoubleValue());
      case VALUE_TRUE -> MAKE.booleanNode(true);
      case VALUE_FALSE -> MAKE.booleanNode(false);
      case VALUE_NULL -> MAKE.nullNode();
      default -> throw new IOException("no value, but " + token);
    };
  }

  private static JsonNode object(JsonParser parser) throws IOException {
    var object = MAKE.objectNode();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      var name = parser.currentName();
      object.set(name, value(parser, parser.nextToken()));
    }
    return object;
  }

  private static JsonNode array(JsonParser parser) throws IOException {
    var array = MAKE.arrayNode();
    for (var token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
      array.add(value(parser, token));
    }
    return array;
  }
}
