package io.gantry.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

/** Answers as documents. Apart, so that who wants a table does not load what writes these. */
final class Documents {
  private Documents() {}

  static String json(JsonNode answer) {
    return text(new ObjectMapper(), answer);
  }

  static String yaml(JsonNode answer) {
    return text(new YAMLMapper(), answer);
  }

  private static String text(ObjectMapper mapper, JsonNode answer) {
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(answer).strip();
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
