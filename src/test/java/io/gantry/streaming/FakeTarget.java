package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A container with a few programs, and a pod whose ports are those of the loopback. */
final class FakeTarget implements StreamTarget {
  /** A port that tells, when its input has ended, how many bytes that was. */
  static final int COUNTING = 1;

  /** The sessions in the order in which they began. */
  final BlockingQueue<FakeSession> sessions = new LinkedBlockingQueue<>();

  final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

  private final Vertx vertx;

  FakeTarget(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public Future<ExecSession> exec(Call call, ContainerId container, ExecRequest request) {
    calls.add(call);
    return run(request.command(), Wanted.by(request));
  }

  @Override
  public Future<ExecSession> attach(Call call, ContainerId container, AttachRequest request) {
    calls.add(call);
    return run(List.of("shell"), Wanted.by(request));
  }

  private Future<ExecSession> run(List<String> command, Wanted wanted) {
    if (command.getFirst().equals("absent")) {
      return Future.failedFuture(RuntimeFault.notFound("program: absent (expected: one in PATH)"));
    }
    var yes = new Endless(Objects.requireNonNull(Vertx.currentContext()));
    var session = new FakeSession(wanted, yes, command.getFirst().equals("yes"));
    switch (command.getFirst()) {
      case "cat" -> session.in.pipeTo(session.out).onComplete(_ -> session.ended(0));
      case "echo" -> {
        session.out.write(Buffer.buffer(command.get(1) + "\n"));
        session.ended(0);
      }
      case "fail" -> {
        session.err.write(Buffer.buffer("failing\n"));
        session.ended(Integer.parseInt(command.get(1)));
      }
      case "shell" -> {
        session.out.write(Buffer.buffer("$ "));
        session.in.handler(
            line -> {
              session.out.write(Buffer.buffer("you said ").appendBuffer(line));
              if (line.toString().startsWith("exit")) {
                session.ended(3);
              }
            });
      }
      default -> {} // yes, sleep
    }
    sessions.add(session);
    return Future.succeededFuture(session);
  }

  @Override
  public Future<PortStream> dial(Call call, SandboxId sandbox, int port) {
    calls.add(call);
    if (port == COUNTING) {
      return Future.succeededFuture(new Counting());
    }
    return vertx
        .createNetClient()
        .connect(port, "127.0.0.1")
        .<PortStream>map(Port::new)
        .recover(
            cause ->
                Future.failedFuture(RuntimeFault.unavailable("port: " + port + " refused", cause)));
  }

  private record Port(NetSocket socket) implements PortStream {
    Port {
      socket.pause();
    }

    @Override
    public ReadStream<Buffer> fromPod() {
      return socket;
    }

    @Override
    public WriteStream<Buffer> toPod() {
      return socket;
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static final class Counting implements PortStream {
    private final MemoryPipe to = new MemoryPipe();
    private final MemoryPipe from = new MemoryPipe();
    private int count;

    Counting() {
      to.handler(data -> count += data.length());
      to.endHandler(
          _ -> {
            from.write(Buffer.buffer(count + " bytes"));
            from.end();
          });
    }

    @Override
    public ReadStream<Buffer> fromPod() {
      return from;
    }

    @Override
    public WriteStream<Buffer> toPod() {
      return to;
    }

    @Override
    public void close() {}
  }
}
