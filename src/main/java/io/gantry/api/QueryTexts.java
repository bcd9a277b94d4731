package io.gantry.api;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The texts in an operation's query, alone and in lists, which vertx-openapi is not shown ({@link
 * Contract#validationView}): held against the contract here.
 */
record QueryTexts(List<Rule> rules) {
  private static final Set<String> TYPES = Set.of("array", "string");

  static final QueryTexts NONE = new QueryTexts(List.of());

  /** What one parameter may be. */
  record Rule(
      String name, int itemsMin, int itemsMax, int lengthMin, int lengthMax, Pattern pattern) {
    static Rule of(JsonObject parameter) {
      var schema = parameter.getJsonObject("schema");
      var alone = schema.getString("type").equals("string");
      var item = alone ? schema : schema.getJsonObject("items");
      var required = parameter.getBoolean("required", false);
      return new Rule(
          parameter.getString("name"),
          Math.max(required ? 1 : 0, schema.getInteger("minItems", 0)),
          alone ? 1 : schema.getInteger("maxItems", Integer.MAX_VALUE),
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
        var length = value.codePointCount(0, value.length());
        if (length < lengthMin || length > lengthMax || !pattern.matcher(value).find()) {
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
  static QueryTexts of(JsonArray parameters) {
    return new QueryTexts(
        parameters.stream()
            .map(JsonObject.class::cast)
            .filter(QueryTexts::isText)
            .map(Rule::of)
            .toList());
  }

  static boolean isText(JsonObject parameter) {
    return parameter.getString("in").equals("query")
        && TYPES.contains(parameter.getJsonObject("schema").getString("type", ""));
  }

  /** Refuses what the contract does not allow. */
  void check(Asked asked) {
    rules.forEach(rule -> rule.check(asked.texts(rule.name())));
  }
}
