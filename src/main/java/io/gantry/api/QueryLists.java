package io.gantry.api;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The lists in an operation's query, which vertx-openapi is not shown ({@link
 * Contract#validationView}): held against the contract here.
 */
record QueryLists(List<Rule> rules) {
  static final QueryLists NONE = new QueryLists(List.of());

  /** What one parameter may be. */
  record Rule(
      String name, int itemsMin, int itemsMax, int lengthMin, int lengthMax, Pattern pattern) {
    static Rule of(JsonObject parameter) {
      var schema = parameter.getJsonObject("schema");
      var item = schema.getJsonObject("items");
      var required = parameter.getBoolean("required", false);
      return new Rule(
          parameter.getString("name"),
          Math.max(required ? 1 : 0, schema.getInteger("minItems", 0)),
          schema.getInteger("maxItems", Integer.MAX_VALUE),
          item.getInteger("minLength", 0),
          item.getInteger("maxLength", Integer.MAX_VALUE),
          Pattern.compile(item.getString("pattern", ""), Pattern.DOTALL));
    }

    private void check(List<String> values) {
      if (values.size() < itemsMin || values.size() > itemsMax) {
        throw RuntimeFault.invalid(
            "%s: given %d times (expected: %d to %d)"
                .formatted(name, values.size(), itemsMin, itemsMax));
      }
      for (var value : values) {
        if (value.length() < lengthMin
            || value.length() > lengthMax
            || !pattern.matcher(value).find()) {
          throw RuntimeFault.invalid(
              "%s: '%s' (expected: %s)".formatted(name, shortened(value), expected()));
        }
      }
    }

    private static String shortened(String value) {
      return value.length() <= 80 ? value : value.substring(0, 80) + "…";
    }

    private String expected() {
      var length = "%d to %d characters".formatted(lengthMin, lengthMax);
      return pattern.pattern().isEmpty() ? length : length + ", " + pattern.pattern();
    }
  }

  /**
   * Of parameters whose references have been followed.
   *
   * @param parameters those of an operation
   */
  static QueryLists of(JsonArray parameters) {
    return new QueryLists(
        parameters.stream()
            .map(JsonObject.class::cast)
            .filter(QueryLists::isList)
            .map(Rule::of)
            .toList());
  }

  static boolean isList(JsonObject parameter) {
    return parameter.getJsonObject("schema").getString("type", "").equals("array");
  }

  /** Refuses what the contract does not allow. */
  void check(Asked asked) {
    rules.forEach(rule -> rule.check(asked.texts(rule.name())));
  }
}
