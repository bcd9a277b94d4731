package io.gantry.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.gantry.access.Role;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The contract of the REST API, {@code openapi.yaml}: what clients read is what is served. */
final class Contract {
  private static final String FILE = "/openapi.yaml";

  /** Reads its body itself, and passes by the router that is made of the view. */
  static final String RAW_PATH = "/images/import";

  private static final Set<String> LOADABLE = Set.of("application/json", "text/plain");

  private final JsonObject document;

  private Contract(JsonObject document) {
    this.document = document;
  }

  static Contract read() {
    try (var file = Contract.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw RuntimeFault.internal("openapi.yaml: not in the jar", null);
      }
      JsonNode tree = new YAMLMapper().readTree(file);
      return new Contract(new JsonObject(new ObjectMapper().writeValueAsString(tree)));
    } catch (IOException broken) {
      throw RuntimeFault.internal("openapi.yaml: unreadable", broken);
    }
  }

  JsonObject document() {
    return document.copy();
  }

  /**
   * The contract without what vertx-openapi 5.0.7 cannot load or read: media types other than JSON
   * and text, of which only responses of this contract have any; and lists in a query, which it
   * takes apart after it has decoded them, so that what they hold must not contain {@code =} or
   * {@code &}. {@link Asked} reads and checks those.
   */
  JsonObject validationView() {
    var view = document.copy();
    view.getJsonObject("paths").remove(RAW_PATH);
    for (var path : view.getJsonObject("paths")) {
      for (var member : (JsonObject) path.getValue()) {
        if (member.getValue() instanceof JsonObject operation
            && operation.containsKey("responses")) {
          withoutLists(operation);
          operation.getJsonObject("responses").forEach(it -> loadable((JsonObject) it.getValue()));
        }
      }
    }
    view.getJsonObject("components")
        .getJsonObject("responses")
        .forEach(it -> loadable((JsonObject) it.getValue()));
    return view;
  }

  private static void withoutLists(JsonObject operation) {
    var parameters = operation.getJsonArray("parameters", new JsonArray());
    var read = new JsonArray();
    for (var one : parameters) {
      var parameter = (JsonObject) one;
      var list =
          parameter.getString("$ref", "").endsWith("/Label")
              || parameter
                  .getJsonObject("schema", new JsonObject())
                  .getString("type", "")
                  .equals("array");
      if (!list) {
        read.add(parameter);
      }
    }
    if (!parameters.isEmpty()) {
      operation.put("parameters", read);
    }
  }

  private static void loadable(JsonObject response) {
    var content = response.getJsonObject("content");
    if (content != null) {
      content.fieldNames().retainAll(LOADABLE);
      if (content.isEmpty()) {
        response.remove("content");
      }
    }
  }

  /** The ids of all operations. */
  Set<String> operations() {
    return roles().keySet();
  }

  /** The role that each operation wants at least, by its id. */
  Map<String, Role> roles() {
    return document.getJsonObject("paths").stream()
        .flatMap(path -> ((JsonObject) path.getValue()).stream())
        .map(Map.Entry::getValue)
        .filter(JsonObject.class::isInstance)
        .map(JsonObject.class::cast)
        .filter(operation -> operation.containsKey("operationId"))
        .collect(
            Collectors.toUnmodifiableMap(
                operation -> operation.getString("operationId"),
                operation -> Role.of(operation.getString("x-role"))));
  }
}
