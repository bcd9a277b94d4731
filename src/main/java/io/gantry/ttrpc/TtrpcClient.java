package io.gantry.ttrpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ttrpc.proto.KeyValue;
import io.gantry.ttrpc.proto.Request;
import io.gantry.ttrpc.proto.Response;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The calling side of a connection.
 *
 * <p>Call from any thread; a future completes on the caller's context. A refusal of the other side
 * is a {@link RuntimeFault} of the kind that its code stands for, caused by a {@link Refusal}. When
 * the connection ends, calls under way and later ones are UNAVAILABLE.
 */
public final class TtrpcClient {
  private static final Duration CONNECTING = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Path path;
  private final Map<String, String> metadata;
  private final NetClient client;
  private final NetSocket socket;
  private final Context context;
  private final Promise<Void> closed = Promise.promise();

  // On the context only.
  private final Map<Integer, Waiting> calls = new HashMap<>();
  private final Frames frames = new Frames(this::answered);
  private int next = 1;
  private boolean over;

  /** A call under way: what to do with its answer, or with why there is none. */
  private record Waiting(Consumer<Response> answered, Consumer<RuntimeFault> failed) {}

  private TtrpcClient(
      Vertx vertx, Path path, Map<String, String> metadata, NetClient client, NetSocket socket) {
    this.vertx = vertx;
    this.path = path;
    this.metadata = Map.copyOf(metadata);
    this.client = client;
    this.socket = socket;
    this.context = vertx.getOrCreateContext();
  }

  /**
   * Connects to a Unix socket; UNAVAILABLE if nobody listens there.
   *
   * @param metadata goes with each call
   */
  public static Future<TtrpcClient> connect(Vertx vertx, Path path, Map<String, String> metadata) {
    var client =
        vertx.createNetClient(
            new NetClientOptions().setConnectTimeout((int) CONNECTING.toMillis()));
    return client
        .connect(SocketAddress.domainSocketAddress(path.toString()))
        .map(socket -> new TtrpcClient(vertx, path, metadata, client, socket).listening())
        .recover(
            cause -> {
              client.close();
              return Future.failedFuture(
                  RuntimeFault.unavailable(
                      "socket: " + path + ": " + cause.getMessage() + " (expected: a listener)",
                      cause));
            });
  }

  private TtrpcClient listening() {
    socket.exceptionHandler(_ -> {}); // the end follows
    socket.closeHandler(_ -> end("closed by the other side"));
    socket.handler(this::arrived);
    return this;
  }

  /** Completes when the connection has ended, whoever ended it. */
  public Future<Void> closed() {
    return closed.future();
  }

  public void close() {
    context.runOnContext(_ -> end("closed"));
  }

  /**
   * One call.
   *
   * @param limit after which it fails with DEADLINE_EXCEEDED, and the other side may stop; empty
   *     waits
   */
  public <T extends MessageLite> Future<T> call(
      Method<T> method, MessageLite request, Optional<Duration> limit) {
    Promise<T> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
    context.runOnContext(_ -> send(method, request, limit, answer));
    return answer.future();
  }

  // ---- on the context

  private <T extends MessageLite> void send(
      Method<T> method, MessageLite request, Optional<Duration> limit, Promise<T> answer) {
    var frame = Frame.of(next, Frame.REQUEST, wrapped(method, request, limit));
    if (over || frame.tooLong() || socket.writeQueueFull() || next < 0) {
      answer.fail(refused(method, frame));
      return;
    }
    next += 2; // those of a client are odd
    var timer =
        limit.map(
            rest -> vertx.setTimer(rest.toMillis() + 1, _ -> give(frame.stream(), method, rest)));
    calls.put(
        frame.stream(),
        new Waiting(
            response -> {
              timer.ifPresent(vertx::cancelTimer);
              complete(method, response, answer);
            },
            fault -> {
              timer.ifPresent(vertx::cancelTimer);
              answer.fail(fault);
            }));
    socket.write(frame.bytes());
  }

  private Request wrapped(Method<?> method, MessageLite request, Optional<Duration> limit) {
    var wrapped =
        Request.newBuilder()
            .setService(method.service())
            .setMethod(method.name())
            .setPayload(request.toByteString())
            .setTimeoutNano(limit.map(Duration::toNanos).orElse(0L));
    metadata.forEach(
        (key, value) -> wrapped.addMetadata(KeyValue.newBuilder().setKey(key).setValue(value)));
    return wrapped.build();
  }

  private RuntimeFault refused(Method<?> method, Frame frame) {
    if (over) {
      return gone("closed");
    }
    return frame.tooLong()
        ? RuntimeFault.invalid(
            method.name()
                + ": "
                + frame.payload().length()
                + " bytes (expected: at most "
                + Frame.PAYLOAD_BYTES_MAX
                + ")")
        : RuntimeFault.unavailable(method.name() + ": " + path + " reads nothing", null);
  }

  private void give(int stream, Method<?> method, Duration limit) {
    var call = calls.remove(stream);
    if (call != null) {
      call.failed()
          .accept(
              new RuntimeFault(
                  Kind.DEADLINE_EXCEEDED,
                  method.name()
                      + ": no answer from "
                      + path
                      + " (expected: within "
                      + limit.toMillis()
                      + " ms)"));
    }
  }

  private static <T extends MessageLite> void complete(
      Method<T> method, Response response, Promise<T> answer) {
    var status = response.getStatus();
    if (status.getCode() != 0) {
      answer.fail(new Refusal(status.getCode(), status.getMessage()).fault());
      return;
    }
    try {
      answer.complete(method.answer().parseFrom(response.getPayload()));
    } catch (InvalidProtocolBufferException unreadable) {
      answer.fail(
          RuntimeFault.internal(method.name() + ": an answer that nobody can read", unreadable));
    }
  }

  private void arrived(Buffer bytes) {
    try {
      frames.take(bytes);
    } catch (RuntimeFault garbage) {
      end(String.valueOf(garbage.getMessage()));
    }
  }

  private void answered(Frame frame) {
    if (over) {
      return;
    }
    if (frame.type() != Frame.RESPONSE || frame.stream() % 2 == 0 || !asked(frame.stream())) {
      end("a frame of type " + frame.type() + " on stream " + frame.stream() + ", unasked");
      return;
    }
    var call = calls.remove(frame.stream());
    if (call == null) {
      return; // given up meanwhile
    }
    try {
      call.answered()
          .accept(Response.parseFrom(UnsafeByteOperations.unsafeWrap(frame.payload().getBytes())));
    } catch (InvalidProtocolBufferException unreadable) {
      call.failed().accept(gone("an answer that nobody can read"));
      end("an answer that nobody can read");
    }
  }

  private boolean asked(int stream) {
    return stream > 0 && stream < next;
  }

  private void end(String why) {
    if (over) {
      return;
    }
    over = true;
    socket.close();
    client.close();
    var left = List.copyOf(calls.values());
    calls.clear();
    left.forEach(call -> call.failed().accept(gone(why)));
    closed.tryComplete();
  }

  private RuntimeFault gone(String why) {
    return RuntimeFault.unavailable("connection: " + path + ": " + why + " (expected: open)", null);
  }
}
