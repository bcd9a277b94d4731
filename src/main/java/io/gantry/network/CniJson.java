package io.gantry.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import java.io.IOException;

/** JSON as CNI uses it: objects whose fields come through as they were written. */
final class CniJson {
  /** More than any plugin says; what is longer was not meant for us. */
  static final int BYTES_MAX = 1 << 20;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private CniJson() {}

  static ObjectNode empty() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** Reads one object; anything else is INVALID_ARGUMENT. */
  static ObjectNode object(byte[] text) {
    try {
      if (MAPPER.readTree(text) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException malformed) {
      throw RuntimeFault.invalid("json: " + explained(malformed));
    } catch (IOException impossible) {
      throw RuntimeFault.internal("json: cannot be read from memory", impossible);
    }
    throw RuntimeFault.invalid("json: not an object (expected: {…})");
  }

  /** The parser's first words; it goes on about where its text came from. */
  private static String explained(JsonProcessingException malformed) {
    var said = String.valueOf(malformed.getOriginalMessage()).split("[(\\n]", 2)[0].strip();
    var at = malformed.getLocation();
    return at == null ? said : said + " at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  static byte[] bytes(JsonNode json) {
    try {
      return MAPPER.writeValueAsBytes(json);
    } catch (JsonProcessingException impossible) {
      throw RuntimeFault.internal("json: a tree cannot be written", impossible);
    }
  }
}
