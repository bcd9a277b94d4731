package io.gantry.cri;

import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all RPCs have in common: a {@link Call} with the caller's deadline, which ends when the
 * caller goes away; faults as statuses; a meter. Methods that nobody registered answer
 * UNIMPLEMENTED.
 */
final class Rpcs {
  private static final Logger LOG = LoggerFactory.getLogger(Rpcs.class);

  /** The answer to one request. */
  interface Unary<Q, A> {
    Future<A> answer(Call call, Q request);
  }

  /** Answers until the future is complete or the call is over. */
  interface Stream<Q, A> {
    Future<Void> answer(Call call, Q request, GrpcServerResponse<Q, A> answers);
  }

  /** What a call took until it had its answer; to write that is the transport's part. */
  private record Spent(Duration elapsed, Duration between) {
    static Spent on(Call call) {
      return new Spent(call.elapsed(), call.between());
    }
  }

  private final Vertx vertx;
  private final GrpcServer server;
  private final Call.Tools tools;
  private final Set<String> built = new TreeSet<>();

  Rpcs(Vertx vertx, GrpcServer server, Call.Tools tools) {
    this.vertx = vertx;
    this.server = server;
    this.tools = tools;
    server.callHandler(this::notBuilt);
  }

  /** The names of the methods that are registered. */
  Set<String> built() {
    return Set.copyOf(built);
  }

  <Q, A> Rpcs unary(ServiceMethod<Q, A> method, Unary<Q, A> rpc) {
    built.add(method.methodName());
    server.callHandler(
        method,
        request -> {
          ignoreEnd(request);
          request.handler(message -> answer(request, call(request), message, rpc));
        });
    return this;
  }

  <Q, A> Rpcs stream(ServiceMethod<Q, A> method, Stream<Q, A> rpc) {
    built.add(method.methodName());
    server.callHandler(
        method,
        request -> {
          ignoreEnd(request);
          request.handler(message -> answer(request, call(request), message, rpc));
        });
    return this;
  }

  private <Q, A> void answer(
      GrpcServerRequest<Q, A> request, Call call, Q message, Unary<Q, A> rpc) {
    journaled(call, () -> untilOver(call, () -> rpc.answer(call, message)))
        .onComplete(
            done -> {
              var spent = Spent.on(call);
              if (done.succeeded()) {
                request.response().end(done.result());
              } else {
                fail(request.response(), call, RuntimeFault.of(done.cause()));
              }
              measured(call, done, spent);
            });
  }

  private <Q, A> void answer(
      GrpcServerRequest<Q, A> request, Call call, Q message, Stream<Q, A> rpc) {
    untilOver(call, () -> rpc.answer(call, message, request.response()))
        .onComplete(
            done -> {
              if (done.succeeded()) {
                request.response().end();
              } else {
                fail(request.response(), call, RuntimeFault.of(done.cause()));
              }
              measured(call, done, Spent.on(call));
            });
  }

  /** Of a client that goes away before it has said what it wants. */
  private static void ignoreEnd(GrpcServerRequest<?, ?> request) {
    request.exceptionHandler(_ -> {}).errorHandler(_ -> {});
  }

  /** Begins with the message: until that is there, the time is the transport's. */
  private Call call(GrpcServerRequest<?, ?> request) {
    var timeout = request.timeout();
    var call =
        Call.of(
            tools,
            request.methodName(),
            Actor.CRI,
            Trace.from(request.headers().get("traceparent")),
            timeout > 0 ? Optional.of(Duration.ofMillis(timeout)) : Optional.empty());
    request.exceptionHandler(_ -> call.cancel("the client went away"));
    request.errorHandler(error -> call.cancel("the client ended the call: " + error));
    return call;
  }

  private <A> Future<A> journaled(Call call, Supplier<Future<A>> work) {
    tools.journal().begun(call);
    return work.get().onComplete(done -> tools.journal().ended(call, done.cause()));
  }

  /** What {@code work} gives, or the fault of a call that is over before. */
  private <A> Future<A> untilOver(Call call, Supplier<Future<A>> work) {
    Promise<A> answer = Promise.promise();
    var timer =
        call.remaining()
            .map(
                left -> vertx.setTimer(left.toMillis() + 1, _ -> call.cancel("deadline exceeded")));
    var unwatch = call.onCancel(() -> call.over().ifPresent(answer::tryFail));
    started(work)
        .onComplete(
            done -> {
              if (done.succeeded()) {
                answer.tryComplete(done.result());
              } else {
                answer.tryFail(done.cause());
              }
            });
    return answer
        .future()
        .onComplete(
            _ -> {
              unwatch.run();
              timer.ifPresent(vertx::cancelTimer);
            });
  }

  private static <A> Future<A> started(Supplier<Future<A>> work) {
    try {
      return work.get();
    } catch (RuntimeException thrown) {
      return Future.failedFuture(thrown);
    }
  }

  private static void fail(GrpcServerResponse<?, ?> response, Call call, RuntimeFault fault) {
    var status = GrpcFaults.status(fault);
    var log = fault.kind() == Kind.INTERNAL ? LOG.atError().setCause(fault) : LOG.atInfo();
    log.addKeyValue("rpc", call.operation())
        .addKeyValue("error", GrpcFaults.message(fault))
        .log("call failed");
    response.status(status).statusMessage(GrpcFaults.message(fault)).end();
  }

  private void measured(Call call, AsyncResult<?> done, Spent spent) {
    var code = done.succeeded() ? GrpcStatus.OK : GrpcFaults.status(RuntimeFault.of(done.cause()));
    tools.metrics().rpc(call.operation(), code.name(), spent.elapsed);
    if (!call.phases().isEmpty()) {
      tools.metrics().between(call.operation(), spent.between);
    }
    LOG.atDebug()
        .addKeyValue("rpc", call.operation())
        .addKeyValue("code", code)
        .addKeyValue("millis", spent.elapsed.toMillis())
        .addKeyValue("phases", call.phases())
        .log("call ended");
  }

  private <Q, A> void notBuilt(GrpcServerRequest<Q, A> request) {
    tools.metrics().rpc(request.methodName(), GrpcStatus.UNIMPLEMENTED.name(), Duration.ZERO);
    request
        .response()
        .status(GrpcStatus.UNIMPLEMENTED)
        .statusMessage("rpc: " + request.methodName() + ": not supported by this version")
        .end();
  }
}
