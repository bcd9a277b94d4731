package io.gantry.api;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that fits the contract.
 *
 * @param checked by the contract's router; null for one that passed by it, of which only texts are
 *     asked
 */
record Asked(RoutingContext context, @Nullable ValidatedRequest checked) {
  private ValidatedRequest valid() {
    return Objects.requireNonNull(checked);
  }

  String path(String name) {
    return String.valueOf(inPath(name).get());
  }

  long number(String name) {
    return Objects.requireNonNull(inPath(name).getLong());
  }

  private RequestParameter inPath(String name) {
    return Objects.requireNonNull(valid().getPathParameters().get(name));
  }

  Optional<String> text(String name) {
    return texts(name).stream().findFirst();
  }

  Optional<Long> count(String name) {
    return query(name).map(RequestParameter::getLong);
  }

  boolean flag(String name) {
    return query(name).map(RequestParameter::getBoolean).orElse(false);
  }

  /** Empty for a header that is not there. */
  Optional<String> header(String name) {
    return Optional.ofNullable(context.request().getHeader(name));
  }

  /** The body as it came; empty if there is none. */
  byte[] bytes() {
    return Optional.ofNullable(context.body().buffer()).map(Buffer::getBytes).orElse(new byte[0]);
  }

  /** All values of a parameter that may be given several times. */
  List<String> texts(String name) {
    return context.queryParam(name);
  }

  /** The labels that must hold. */
  Map<String, String> labels() {
    var labels = new LinkedHashMap<String, String>();
    for (var label : context.queryParam("label")) {
      var equals = label.indexOf('=');
      if (equals < 1) {
        throw RuntimeFault.invalid("label: '" + label + "' (expected: name=value)");
      }
      labels.put(label.substring(0, equals), label.substring(equals + 1));
    }
    return labels;
  }

  JsonObject body() {
    return Objects.requireNonNull(valid().getBody().getJsonObject());
  }

  private Optional<RequestParameter> query(String name) {
    return Optional.ofNullable(valid().getQuery().get(name)).filter(it -> it.get() != null);
  }
}
