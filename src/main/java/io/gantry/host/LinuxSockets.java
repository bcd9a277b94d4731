package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Sockets made on a thread that has entered their namespace, or on the pool. */
final class LinuxSockets implements Sockets {
  private static final long PATIENCE_MILLIS = 10_000;
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress LOOPBACK_6 = InetAddress.ofLiteral("::1");

  private final Vertx vertx;
  private final EpollLoop loop;
  private final Pool pool;
  private final OwnThread apart;

  LinuxSockets(Vertx vertx, EpollLoop loop, Pool pool, OwnThread apart) {
    this.vertx = vertx;
    this.loop = loop;
    this.pool = pool;
    this.apart = apart;
  }

  /** Sockets of one namespace: a socket stays where it was made, whoever connects it. */
  private record Pair(int four, OptionalInt six) {
    static Pair make() throws SyscallFailure {
      var four = SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_STREAM);
      try {
        return new Pair(
            four,
            OptionalInt.of(SocketCalls.socket(SocketCalls.AF_INET6, SocketCalls.SOCK_STREAM)));
      } catch (SyscallFailure failure) {
        if (failure.is(Errno.EAFNOSUPPORT)) {
          return new Pair(four, OptionalInt.empty());
        }
        Descriptors.close(four);
        throw failure;
      }
    }
  }

  @Override
  public Future<Connection> dial(Optional<Path> namespace, int port) {
    var context = context();
    return checked(port)
        .compose(_ -> pair(namespace))
        .compose(
            pair ->
                connect(context, pair.four(), LOOPBACK, port)
                    .onSuccess(_ -> pair.six().ifPresent(Descriptors::close))
                    .recover(
                        cause ->
                            pair.six().isPresent()
                                ? connect(context, pair.six().getAsInt(), LOOPBACK_6, port)
                                    .recover(_ -> Future.failedFuture(cause))
                                : Future.failedFuture(cause)));
  }

  private static Future<Void> checked(int port) {
    return port < 1 || port > 65_535
        ? Future.failedFuture(RuntimeFault.invalid("port: " + port + " (expected: 1 to 65535)"))
        : Future.succeededFuture();
  }

  @Override
  public Future<Connection> dial(List<InetAddress> addresses, int port) {
    var context = context();
    return checked(port).compose(_ -> dial(context, addresses, port));
  }

  /** The first address that answers; of those that do not, the first one's fault. */
  private Future<Connection> dial(ContextInternal context, List<InetAddress> addresses, int port) {
    var address = addresses.getFirst();
    var others = addresses.subList(1, addresses.size());
    return pool.run(() -> SocketCalls.socket(SocketCalls.family(address), SocketCalls.SOCK_STREAM))
        .compose(socket -> connect(context, socket, address, port))
        .recover(
            cause ->
                others.isEmpty()
                    ? Future.failedFuture(cause)
                    : dial(context, others, port).recover(_ -> Future.failedFuture(cause)));
  }

  private Future<Pair> pair(Optional<Path> namespace) {
    return namespace
        .map(
            pin ->
                apart.run(
                    () -> {
                      LinuxNamespaces.enter(pin);
                      return Pair.make();
                    }))
        .orElseGet(() -> pool.run(Pair::make));
  }

  private Future<Connection> connect(
      ContextInternal context, int socket, InetAddress address, int port) {
    var answer = context.<Connection>promise();
    new Connecting(context, socket, address, port, answer).begin();
    return answer.future();
  }

  /** One attempt, which ends with a connection or a closed socket. */
  private final class Connecting {
    private final ContextInternal context;
    private final int socket;
    private final InetAddress address;
    private final int port;
    private final Promise<Connection> answer;
    private EpollLoop.@Nullable Watched watched;
    private boolean over;

    Connecting(
        ContextInternal context,
        int socket,
        InetAddress address,
        int port,
        Promise<Connection> answer) {
      this.context = context;
      this.socket = socket;
      this.address = address;
      this.port = port;
      this.answer = answer;
    }

    void begin() {
      var timer =
          vertx.setTimer(
              PATIENCE_MILLIS,
              _ -> loop.execute(() -> failed(new SyscallFailure("port " + port, Errno.ETIMEDOUT))));
      answer.future().onComplete(_ -> vertx.cancelTimer(timer));
      loop.execute(this::connect);
    }

    // ---- on the loop

    private void connect() {
      try {
        if (SocketCalls.connect(socket, address, port)) {
          succeeded();
        } else {
          // Watched under another number: the watch closes its own.
          watched = loop.whenWritable(SocketCalls.duplicate(socket), this::ready);
          watched.start();
        }
      } catch (SyscallFailure failure) {
        failed(failure);
      }
    }

    private void ready() {
      if (over) {
        return;
      }
      try {
        SocketCalls.connected(socket, port);
        succeeded();
      } catch (SyscallFailure failure) {
        failed(failure);
      }
    }

    private void succeeded() throws SyscallFailure {
      over = true;
      unwatch();
      try {
        answer.complete(LinuxConnection.stream(loop, context, socket));
      } catch (SyscallFailure failure) { // which has closed the socket
        answer.fail(failure.fault());
      }
    }

    private void failed(SyscallFailure failure) {
      if (!over) {
        over = true;
        unwatch();
        Descriptors.close(socket);
        answer.fail(failure.fault());
      }
    }

    private void unwatch() {
      if (watched != null) {
        watched.close();
      }
    }
  }

  @Override
  public Future<Connection> packets(Path socket) {
    var context = context();
    return pool.run(() -> LinuxConnection.packets(loop, context, connected(socket)));
  }

  /** The way over a descriptor of the directory makes any path short enough. */
  private static int connected(Path path) throws SyscallFailure {
    var parent = path.toAbsolutePath().getParent();
    var directory = Descriptors.open(parent == null ? Path.of("/") : parent, Descriptors.O_PATH);
    var socket = -1;
    try {
      socket = SocketCalls.socket(SocketCalls.AF_UNIX, SocketCalls.SOCK_SEQPACKET);
      SocketCalls.connect(socket, "/proc/self/fd/" + directory + "/" + path.getFileName());
      return socket;
    } catch (SyscallFailure failure) {
      if (socket >= 0) {
        Descriptors.close(socket);
      }
      throw failure;
    } finally {
      Descriptors.close(directory);
    }
  }

  private ContextInternal context() {
    return (ContextInternal) vertx.getOrCreateContext();
  }
}
