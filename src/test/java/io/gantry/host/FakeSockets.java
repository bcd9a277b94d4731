package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Connections to nobody: a test speaks for the other side. */
public final class FakeSockets implements Sockets {
  private final FakeHost host;
  private final List<Opened> opened = new CopyOnWriteArrayList<>();

  FakeSockets(FakeHost host) {
    this.host = host;
  }

  /** The connections so far, in order. */
  public List<Opened> opened() {
    return List.copyOf(opened);
  }

  @Override
  public Future<Connection> dial(Optional<Path> namespace, int port) {
    return host.recorded(
        "sockets.dial", namespace.map(Path::toString).orElse("-") + " " + port, this::connected);
  }

  @Override
  public Future<Connection> dial(List<InetAddress> addresses, int port) {
    return host.recorded("sockets.dial", addresses + " " + port, this::connected);
  }

  @Override
  public Future<Connection> packets(Path socket) {
    return host.recorded("sockets.packets", socket.toString(), this::connected);
  }

  private Future<Connection> connected() {
    var connection = new Opened();
    opened.add(connection);
    return Future.succeededFuture(connection);
  }

  /** A connection whose other side is the test. */
  public static final class Opened implements Connection {
    private final FakeChild.Source source = new FakeChild.Source();
    private final FakeChild.Sink sink = new FakeChild.Sink();
    private boolean closed;

    /** The other side sends this. */
    public Opened says(Buffer bytes) {
      source.add(bytes);
      return this;
    }

    /** The other side ends its half. */
    public Opened ends() {
      source.end();
      return this;
    }

    /** What the other side has been sent. */
    public Buffer received() {
      return sink.received.copy();
    }

    /** Whether our half has ended. */
    public boolean isEnded() {
      return sink.ended;
    }

    /** Whether the daemon has closed it. */
    public boolean isClosed() {
      return closed;
    }

    @Override
    public ReadStream<Buffer> reading() {
      return source;
    }

    @Override
    public WriteStream<Buffer> writing() {
      return sink;
    }

    @Override
    public void close() {
      closed = true;
      source.end();
    }
  }
}
