package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code openapi.yaml} as a client reads it: which operations there are, and whether an answer is
 * one of those that it promises. A field that it does not have is no less wrong than one that it
 * has and that is missing.
 */
final class PublishedContract {
  /** An operation. Its parameters have those of its path among them. */
  record Operation(
      String id, String method, String path, JsonObject document, List<JsonObject> parameters) {
    String role() {
      return document.getString("x-role");
    }

    /** Whether it takes a JSON document. */
    boolean takesJson() {
      return document
          .getJsonObject("requestBody", new JsonObject())
          .getJsonObject("content", new JsonObject())
          .containsKey("application/json");
    }

    List<JsonObject> in(String place) {
      return parameters.stream().filter(it -> it.getString("in").equals(place)).toList();
    }
  }

  private final JsonObject components;
  private final Map<String, Operation> operations = new TreeMap<>();

  private PublishedContract(JsonObject document) {
    components = document.getJsonObject("components");
    for (var path : document.getJsonObject("paths")) {
      var item = (JsonObject) path.getValue();
      for (var member : item) {
        if (member.getValue() instanceof JsonObject operation) {
          var id = operation.getString("operationId");
          var parameters = new ArrayList<>(resolved(item.getJsonArray("parameters")));
          parameters.addAll(resolved(operation.getJsonArray("parameters")));
          operations.put(
              id,
              new Operation(
                  id,
                  member.getKey().toUpperCase(java.util.Locale.ROOT),
                  path.getKey(),
                  operation,
                  parameters));
        }
      }
    }
  }

  static PublishedContract read() throws IOException {
    var tree = new YAMLMapper().readTree(Path.of("openapi.yaml").toFile());
    return new PublishedContract(new JsonObject(new ObjectMapper().writeValueAsString(tree)));
  }

  Map<String, Operation> operations() {
    return operations;
  }

  private List<JsonObject> resolved(JsonArray parameters) {
    var all = new ArrayList<JsonObject>();
    if (parameters != null) {
      parameters.forEach(it -> all.add(resolved((JsonObject) it)));
    }
    return all;
  }

  private JsonObject resolved(JsonObject it) {
    var ref = it.getString("$ref");
    if (ref == null) {
      return it;
    }
    var at = components;
    for (var name : ref.substring("#/components/".length()).split("/")) {
      at = at.getJsonObject(name);
    }
    return at;
  }

  /** Fails unless the contract promises this answer of the operation. */
  void promises(String operation, Rest.Answer answer) {
    var what = operation + ", " + answer.status() + ": " + answer.body();
    var responses = operations.get(operation).document().getJsonObject("responses");
    var named = responses.getJsonObject(String.valueOf(answer.status()));
    assertThat(named != null || answer.status() >= 400).as(what + " is not promised").isTrue();
    var response = resolved(named == null ? responses.getJsonObject("default") : named);
    headers(what, response, answer);
    var content = response.getJsonObject("content");
    if (content == null) {
      assertThat(answer.body().length()).as(what + ": no content is promised").isZero();
      return;
    }
    var type = answer.header("content-type").replaceAll(" *;.*", "");
    assertThat(content.fieldNames()).as(what).contains(type);
    if (type.endsWith("json")) {
      fits(what, content.getJsonObject(type).getJsonObject("schema"), answer);
    }
  }

  private void headers(String what, JsonObject response, Rest.Answer answer) {
    for (var header : response.getJsonObject("headers", new JsonObject())) {
      var promised = resolved((JsonObject) header.getValue());
      if (promised.getBoolean("required", false)) {
        assertThat(answer.headers()).as(what).containsKey(header.getKey());
      }
    }
  }

  private void fits(String what, JsonObject schema, Rest.Answer answer) {
    var value = io.vertx.core.json.Json.decodeValue(answer.body());
    var whole =
        new JsonObject()
            .put("$id", "https://contract.example/")
            .put("allOf", new JsonArray().add(strict(schema.copy())))
            .put("components", strict(components.copy()));
    var options =
        new JsonSchemaOptions()
            .setBaseUri("https://contract.example/")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic);
    var result = Validator.create(JsonSchema.of(whole), options).validate(value);
    assertThat(result.getValid())
        .as(() -> what + ": " + (result.getErrors() == null ? "" : result.getErrors()))
        .isTrue();
  }

  /** What is not named is not promised. */
  private static JsonObject strict(JsonObject schema) {
    if (schema.getValue("properties") instanceof JsonObject
        && !schema.containsKey("additionalProperties")) {
      schema.put("additionalProperties", false);
    }
    for (var member : schema) {
      if (member.getValue() instanceof JsonObject below) {
        strict(below);
      } else if (member.getValue() instanceof JsonArray all) {
        all.forEach(
            it -> {
              if (it instanceof JsonObject below) {
                strict(below);
              }
            });
      }
    }
    return schema;
  }
}
