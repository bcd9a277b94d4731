package io.gantry.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.gantry.access.Role;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The contract of the REST API, {@code openapi.yaml}: what clients read is what is served. */
final class Contract {
  private static final String FILE = "/openapi.yaml";
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
   * The contract without what vertx-openapi 5.0.7 cannot load: media types other than JSON and
   * text, of which only responses of this contract have any.
   */
  JsonObject validationView() {
    var view = document.copy();
    for (var path : view.getJsonObject("paths")) {
      for (var member : (JsonObject) path.getValue()) {
        if (member.getValue() instanceof JsonObject operation
            && operation.containsKey("responses")) {
          operation.getJsonObject("responses").forEach(it -> loadable((JsonObject) it.getValue()));
        }
      }
    }
    view.getJsonObject("components")
        .getJsonObject("responses")
        .forEach(it -> loadable((JsonObject) it.getValue()));
    return view;
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
