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
import java.util.function.Function;
import java.util.stream.Collectors;

/** The contract of the REST API, {@code openapi.yaml}: what clients read is what is served. */
final class Contract {
  private static final String FILE = "/openapi.yaml";

  /** Reads its body itself, and passes by the router that is made of the view. */
  static final String RAW_PATH = "/images/import";

  private static final Set<String> LOADABLE = Set.of("application/json", "text/plain");

  private static final Set<String> CONDITIONS = Set.of("If-Match", "If-None-Match");

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
   * and text, of which only responses of this contract have any; lists in a query, which it takes
   * apart after it has decoded them, so that what they hold must not contain {@code =} or {@code
   * &}, and texts there, which it reads as JSON where they look like it, such as {@code 1.5}:
   * {@link QueryTexts} checks both; and the conditions of requests, which have quotes and commas of
   * their own, and which {@link EntityTag} reads.
   */
  JsonObject validationView() {
    var view = document.copy();
    view.getJsonObject("paths").remove(RAW_PATH);
    for (var path : view.getJsonObject("paths")) {
      for (var member : (JsonObject) path.getValue()) {
        if (member.getValue() instanceof JsonObject operation
            && operation.containsKey("responses")) {
          withoutTexts(operation);
          operation.getJsonObject("responses").forEach(it -> loadable((JsonObject) it.getValue()));
        }
      }
    }
    view.getJsonObject("components")
        .getJsonObject("responses")
        .forEach(it -> loadable((JsonObject) it.getValue()));
    return view;
  }

  private void withoutTexts(JsonObject operation) {
    var parameters = operation.getJsonArray("parameters", new JsonArray());
    if (!parameters.isEmpty()) {
      var read = new JsonArray();
      parameters.stream().filter(it -> read(resolved(it))).forEach(read::add);
      operation.put("parameters", read);
    }
  }

  private static boolean read(JsonObject parameter) {
    return !QueryTexts.isText(parameter) && !CONDITIONS.contains(parameter.getString("name"));
  }

  /** What a reference leads to, if it is one. */
  private JsonObject resolved(Object maybe) {
    var json = (JsonObject) maybe;
    var reference = json.getString("$ref", "");
    var at = reference.isEmpty() ? json : document;
    for (var part : reference.isEmpty() ? new String[0] : reference.substring(2).split("/", -1)) {
      at = at.getJsonObject(part);
    }
    return at;
  }

  private static void loadable(JsonObject response) {
    response.remove("headers"); // it reads none of an answer
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
    return each(operation -> Role.of(operation.getString("x-role")));
  }

  /** What the texts in the query of each operation may be, by its id. */
  Map<String, QueryTexts> texts() {
    return each(
        operation -> {
          var parameters = new JsonArray();
          operation
              .getJsonArray("parameters", new JsonArray())
              .forEach(it -> parameters.add(resolved(it)));
          return QueryTexts.of(parameters);
        });
  }

  private <T> Map<String, T> each(Function<JsonObject, T> of) {
    return document.getJsonObject("paths").stream()
        .flatMap(path -> ((JsonObject) path.getValue()).stream())
        .map(Map.Entry::getValue)
        .filter(JsonObject.class::isInstance)
        .map(JsonObject.class::cast)
        .filter(operation -> operation.containsKey("operationId"))
        .collect(Collectors.toUnmodifiableMap(it -> it.getString("operationId"), of));
  }
}
