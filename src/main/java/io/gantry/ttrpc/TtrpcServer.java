package io.gantry.ttrpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.errors.RuntimeFault;
import io.gantry.ttrpc.proto.Request;
import io.gantry.ttrpc.proto.Response;
import io.gantry.ttrpc.proto.Status;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;

/**
 * The side that is called, on a Unix socket. A connection that sends what no client sends is
 * closed; the others go on.
 */
public final class TtrpcServer {
  /** What does the work. */
  @FunctionalInterface
  public interface Service {
    /**
     * Answers one request, on an event loop.
     *
     * @return fails with a {@link RuntimeFault}, whose kind and words the caller is told, or with
     *     {@link Refusal#unimplemented}
     */
    Future<? extends MessageLite> answer(String service, String method, ByteString request);
  }

  private final NetServer server;

  private TtrpcServer(NetServer server) {
    this.server = server;
  }

  /** Listens at {@code path}, where nothing lies. */
  public static Future<TtrpcServer> listen(Vertx vertx, Path path, Service service) {
    var server = vertx.createNetServer().connectHandler(socket -> new Served(socket, service));
    return server
        .listen(SocketAddress.domainSocketAddress(path.toString()))
        .map(_ -> new TtrpcServer(server));
  }

  public Future<Void> close() {
    return server.close();
  }

  /** One client; on the context of its socket. */
  private static final class Served {
    /** So many answers may be owed; then nothing is read until one has been given. */
    private static final int OWED_MAX = 64;

    private final NetSocket socket;
    private final Service service;
    private final Frames frames = new Frames(this::asked);
    private int owed;

    Served(NetSocket socket, Service service) {
      this.socket = socket;
      this.service = service;
      socket.exceptionHandler(_ -> {}); // the end follows
      socket.handler(this::arrived);
    }

    private void arrived(Buffer bytes) {
      try {
        frames.take(bytes);
      } catch (RuntimeFault garbage) {
        socket.close();
      }
    }

    private void asked(Frame frame) {
      if (frame.type() != Frame.REQUEST) {
        socket.close();
        return;
      }
      try {
        var request =
            Request.parseFrom(UnsafeByteOperations.unsafeWrap(frame.payload().getBytes()));
        owe(1);
        service
            .answer(request.getService(), request.getMethod(), request.getPayload())
            .onComplete(
                done -> {
                  owe(-1);
                  answer(
                      frame.stream(), done.succeeded() ? good(done.result()) : bad(done.cause()));
                });
      } catch (InvalidProtocolBufferException garbage) {
        socket.close();
      }
    }

    private void owe(int more) {
      owed += more;
      if (owed >= OWED_MAX) {
        socket.pause();
      } else {
        socket.resume();
      }
    }

    private void answer(int stream, Response response) {
      if (socket.writeQueueFull()) {
        socket.close(); // asks, and does not read the answers
      } else {
        socket.write(Frame.of(stream, Frame.RESPONSE, response).bytes());
      }
    }

    private static Response good(MessageLite message) {
      return Response.newBuilder().setPayload(message.toByteString()).build();
    }

    private static Response bad(Throwable cause) {
      if (cause instanceof Refusal refusal) {
        return bad(refusal.code(), refusal.words());
      }
      var fault = RuntimeFault.of(cause);
      return bad(Refusal.code(fault.kind()), String.valueOf(fault.getMessage()));
    }

    private static Response bad(int code, String words) {
      return Response.newBuilder()
          .setStatus(Status.newBuilder().setCode(code).setMessage(words))
          .build();
    }
  }
}
