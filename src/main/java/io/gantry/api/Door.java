package io.gantry.api;

import io.gantry.access.Role;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What all operations have in common: a {@link Call} that ends when the client goes away, faults as
 * problems, a meter, and a line in the log for what changes something.
 */
final class Door {
  private static final Logger LOG = LoggerFactory.getLogger(Door.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("gantry.audit");

  /** The answer to one request: a JSON value, or null for none. */
  interface Json<A> {
    Future<A> answer(Call call, Asked asked);
  }

  /** Writes its answer itself; a fault before the first byte is told as a problem. */
  interface Streamed {
    Future<Void> answer(Call call, Asked asked);
  }

  private final RouterBuilder routes;
  private final Call.Tools tools;
  private final Map<String, Role> roles;
  private final Map<String, QueryTexts> texts;
  private final Set<String> served = new TreeSet<>();
  private final Map<String, Streamed> raw = new HashMap<>();

  /**
   * @param contract says what each operation wants
   */
  Door(RouterBuilder routes, Call.Tools tools, Contract contract) {
    this.routes = routes;
    this.tools = tools;
    this.roles = contract.roles();
    this.texts = contract.texts();
  }

  /** The operations that are served. */
  Set<String> served() {
    return Set.copyOf(served);
  }

  Door object(String operation, Json<JsonObject> work) {
    return json(operation, 200, work);
  }

  Door list(String operation, Json<JsonArray> work) {
    return json(operation, 200, work);
  }

  /** For what makes something. */
  Door created(String operation, Json<JsonObject> work) {
    return json(operation, 201, work);
  }

  /** For what goes on after the answer. */
  Door accepted(String operation, Json<JsonObject> work) {
    return json(operation, 202, work);
  }

  /** For what changes something and has nothing to tell. */
  Door done(String operation, Json<Void> work) {
    return json(operation, 204, work);
  }

  Door streamed(String operation, Streamed work) {
    return on(operation, work);
  }

  /**
   * For what reads the body itself, as it comes: such a request passes by the contract's router,
   * which would keep all of it in memory. {@link #raw} serves it.
   */
  Door raw(String operation, Json<JsonArray> work) {
    served.add(operation);
    raw.put(operation, told(200, work));
    return this;
  }

  /** Answers an operation that reads its body itself. */
  void raw(String operation, RoutingContext context) {
    context.request().pause();
    answer(operation, Objects.requireNonNull(raw.get(operation)), context);
  }

  private <A> Door json(String operation, int status, Json<A> work) {
    return on(operation, told(status, work));
  }

  private static <A> Streamed told(int status, Json<A> work) {
    return (call, asked) ->
        work.answer(call, asked)
            .compose(
                answer -> {
                  var response = asked.context().response().setStatusCode(status);
                  if (answer == null) {
                    return response.end();
                  }
                  response.putHeader("content-type", "application/json");
                  return told(asked, encoded(answer));
                });
  }

  /** What a client knows already is not told again. */
  private static Future<Void> told(Asked asked, String body) {
    var response = asked.context().response();
    if (asked.context().request().method().equals(HttpMethod.GET)) {
      var tag = EntityTag.of(body);
      response.putHeader("ETag", tag.text());
      if (tag.known(asked)) {
        response.headers().remove("content-type");
        return response.setStatusCode(304).end();
      }
    }
    return response.end(body);
  }

  private static String encoded(Object answer) {
    return answer instanceof JsonArray array ? array.encode() : ((JsonObject) answer).encode();
  }

  private Door on(String operation, Streamed work) {
    served.add(operation);
    Optional.ofNullable(routes.getRoute(operation))
        .orElseThrow(() -> RuntimeFault.internal(operation + ": not in openapi.yaml", null))
        .addHandler(context -> answer(operation, work, context));
    return this;
  }

  private void answer(String operation, Streamed work, RoutingContext context) {
    var wanted = roles.getOrDefault(operation, Role.ADMIN);
    var identity = Identity.of(context);
    if (!identity.role().may(wanted)) {
      refused(operation, identity, wanted, context);
      return;
    }
    var call =
        Call.of(
            tools,
            operation,
            identity.actor(),
            Trace.from(context.request().getHeader("traceparent")),
            Optional.empty());
    context.response().closeHandler(_ -> call.cancel("the client went away"));
    tools.journal().begun(call);
    if (wanted != Role.VIEW) {
      audit(call, context).log("asked for a change");
    }
    started(call, work, context)
        .onComplete(
            done -> {
              tools.journal().ended(call, done.cause());
              if (done.failed()) {
                fail(context, RuntimeFault.of(done.cause()));
              }
              if (wanted != Role.VIEW) {
                outcome(call, context, done.cause());
              }
              tools.metrics().api(operation, context.response().getStatusCode(), call.elapsed());
            });
  }

  private static LoggingEventBuilder audit(Call call, RoutingContext context) {
    return AUDIT
        .atInfo()
        .addKeyValue("operation", call.operation())
        .addKeyValue("actor", Seen.actor(call.actor()))
        .addKeyValue("path", context.request().path())
        .addKeyValue("override", context.queryParam("override").contains("true"));
  }

  private static void outcome(Call call, RoutingContext context, @Nullable Throwable cause) {
    var line = audit(call, context);
    if (cause == null) {
      line.log("done");
    } else {
      line.addKeyValue("error", String.valueOf(cause.getMessage())).log("failed");
    }
  }

  private static void refused(
      String operation, Identity identity, Role wanted, RoutingContext context) {
    Guard.refuse(
        context,
        403,
        "PERMISSION_DENIED",
        "%s: %s has the role %s (expected: %s)"
            .formatted(
                operation, Seen.actor(identity.actor()), identity.role().word(), wanted.word()));
  }

  private Future<Void> started(Call call, Streamed work, RoutingContext context) {
    var asked = new Asked(context, context.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST));
    try {
      texts.getOrDefault(call.operation(), QueryTexts.NONE).check(asked);
      return work.answer(call, asked);
    } catch (RuntimeException thrown) {
      return Future.failedFuture(thrown);
    }
  }

  /** Tells a fault, unless the answer has begun: then all that is left is to cut it off. */
  static void fail(RoutingContext context, RuntimeFault fault) {
    if (fault.kind() == Kind.INTERNAL) {
      LOG.atError().setCause(fault).addKeyValue("error", fault.getMessage()).log("request failed");
    }
    problem(context, HttpFaults.problem(fault));
  }

  static void problem(RoutingContext context, JsonObject problem) {
    var response = context.response();
    if (response.ended() || response.closed()) {
      return;
    }
    context.request().resume();
    if (response.headWritten()) {
      context.request().connection().close();
      return;
    }
    response
        .setStatusCode(problem.getInteger("status"))
        .putHeader("content-type", "application/problem+json")
        .end(problem.encode());
  }
}
