package io.gantry.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;

/** The contract as one page to read: nothing in it comes from another host, or is a script. */
final class DocsPage {
  private static final String STYLE =
      """
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
      code, pre { font: 13px/1.5 ui-monospace, monospace }
      pre { background: #f4f4f4; padding: .7em; overflow: auto }
      h2 { border-bottom: 1px solid #ccc; margin-top: 2em } h3 { margin-bottom: .2em }
      td, th { text-align: left; padding: .2em 1em .2em 0; vertical-align: top }
      .role { color: #555 } nav a { margin-right: 1em }
      """;

  private final JsonObject contract;
  private final StringBuilder page = new StringBuilder();

  private DocsPage(JsonObject contract) {
    this.contract = contract;
  }

  static String of(Contract contract) {
    return new DocsPage(contract.document()).written();
  }

  private String written() {
    var info = contract.getJsonObject("info");
    page.append("<!doctype html><html lang=en><meta charset=utf-8><title>")
        .append(text(info.getString("title")))
        .append("</title><style>")
        .append(STYLE)
        .append("</style><h1>")
        .append(text(info.getString("title") + " " + info.getString("version")))
        .append("</h1><p>")
        .append(text(info.getString("summary")))
        .append("</p><pre>")
        .append(text(info.getString("description")))
        .append("</pre><p><a href=\"/openapi.json\">The contract itself</a></p><nav>");
    var tags = contract.getJsonArray("tags");
    tags.forEach(it -> link("tag-", ((JsonObject) it).getString("name")));
    page.append("<a href=\"#schemas\">schemas</a></nav>");
    tags.forEach(it -> tag(((JsonObject) it).getString("name")));
    schemas();
    return page.append("</html>").toString();
  }

  private void link(String prefix, String name) {
    page.append("<a href=\"#%s%s\">%s</a> ".formatted(prefix, text(name), text(name)));
  }

  private void tag(String tag) {
    page.append("<h2 id=\"tag-%s\">%s</h2>".formatted(text(tag), text(tag)));
    for (var path : contract.getJsonObject("paths")) {
      var members = (JsonObject) path.getValue();
      for (var member : members) {
        if (member.getValue() instanceof JsonObject operation
            && operation.getJsonArray("tags").contains(tag)) {
          operation(path.getKey(), member.getKey(), operation, members);
        }
      }
    }
  }

  private void operation(String path, String method, JsonObject operation, JsonObject members) {
    page.append(
        "<h3 id=\"%s\"><code>%s /v1%s</code></h3><p>%s <span class=role>(%s; %s)</span></p>"
            .formatted(
                text(operation.getString("operationId")),
                text(method.toUpperCase(Locale.ROOT)),
                text(path),
                text(operation.getString("summary")),
                text(operation.getString("operationId")),
                text("role " + operation.getString("x-role"))));
    if (operation.containsKey("description")) {
      page.append("<p>").append(text(operation.getString("description"))).append("</p>");
    }
    var parameters = new JsonArray();
    parameters.addAll(members.getJsonArray("parameters", new JsonArray()));
    parameters.addAll(operation.getJsonArray("parameters", new JsonArray()));
    page.append("<table>");
    parameters.forEach(it -> parameter(resolved((JsonObject) it)));
    if (operation.containsKey("requestBody")) {
      row("body", operation.getJsonObject("requestBody"), "");
    }
    for (var response : operation.getJsonObject("responses")) {
      var told = resolved((JsonObject) response.getValue());
      row(response.getKey(), told, told.getString("description", ""));
    }
    page.append("</table>");
  }

  private void parameter(JsonObject parameter) {
    page.append(
        "<tr><td><code>%s</code><td>%s<td>%s<td><code>%s</code></tr>"
            .formatted(
                text(parameter.getString("name")),
                text(parameter.getString("in")),
                text(parameter.getString("description", "")),
                text(parameter.getJsonObject("schema").encode())));
  }

  /** What a message holds: the name of a schema leads to it. */
  private void row(String name, JsonObject message, String description) {
    page.append("<tr><td><code>%s</code><td><td>%s<td>".formatted(text(name), text(description)));
    for (var content : message.getJsonObject("content", new JsonObject())) {
      page.append(text(content.getKey())).append(' ');
      schema(((JsonObject) content.getValue()).getJsonObject("schema", new JsonObject()));
    }
    page.append("</tr>");
  }

  private void schema(JsonObject schema) {
    var reference =
        schema.getString(
            "$ref", schema.getJsonObject("items", new JsonObject()).getString("$ref", ""));
    if (reference.isEmpty()) {
      page.append("<code>").append(text(schema.encode())).append("</code>");
    } else {
      page.append(schema.containsKey("items") ? "list of " : "");
      link("schema-", reference.substring(reference.lastIndexOf('/') + 1));
    }
  }

  private void schemas() {
    page.append("<h2 id=schemas>schemas</h2>");
    for (Map.Entry<String, Object> schema :
        contract.getJsonObject("components").getJsonObject("schemas")) {
      page.append(
          "<h3 id=\"schema-%s\">%s</h3><pre>%s</pre>"
              .formatted(
                  text(schema.getKey()),
                  text(schema.getKey()),
                  text(((JsonObject) schema.getValue()).encodePrettily())));
    }
  }

  private JsonObject resolved(JsonObject maybe) {
    var reference = maybe.getString("$ref", "");
    var at = contract;
    if (reference.isEmpty()) {
      return maybe;
    }
    for (var part : reference.substring(2).split("/", -1)) {
      at = at.getJsonObject(part);
    }
    return at;
  }

  private static String text(String plain) {
    return plain
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
