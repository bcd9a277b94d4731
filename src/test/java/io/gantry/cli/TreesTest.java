package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command's own reader of JSON, held against Jackson's. */
class TreesTest {
  private static final ObjectMapper JACKSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        " { \"a\" : [ 1 , -2, 3.5, -1e3, 9223372036854775807 ] , \"b\":{\"c\":[[],{}]}} \n",
        "[true,false,null,\"\",0]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00 \u00e4\u20ac\uD83D\uDE00\"",
        "{\"name\":\"web\",\"name\":\"the last one counts\"}"
      })
  void readsWhatJacksonReads(String json) throws IOException {
    assertThat(read(json).toString()).isEqualTo(JACKSON.readTree(json).toString());
  }

  @Test
  void whatAnswersHoldIsReadAsItWasWritten() throws IOException {
    // Given
    var contract = JACKSON.createObjectNode().put("long", Long.MIN_VALUE).put("double", 0.1);
    for (var sign = 0; sign < 0x300; sign++) {
      contract.put("sign " + (char) sign, String.valueOf((char) sign));
    }

    // When
    var read = read(contract.toPrettyString());

    // Then
    assertThat(read.toString()).isEqualTo(contract.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "\"",
        "\"\\",
        "\"\\u12",
        "\"\\u12g4\"",
        "\"\\x\"",
        "tru",
        "nul",
        "+",
        "-",
        "1.2.3",
        "1 2",
        "[]]",
        "99999999999999999999",
        "\0",
        "[]\0"
      })
  void whatIsNoJsonIsRefused(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class);
  }

  @Test
  void whatIsNestedWithoutAnEndIsRefused() {
    assertThatThrownBy(() -> read("[".repeat(100_000)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nesting depth");
  }

  private static JsonNode read(String json) throws IOException {
    return Trees.read(json.getBytes(StandardCharsets.UTF_8));
  }
}
