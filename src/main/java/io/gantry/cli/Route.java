package io.gantry.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;

/** How to get to the daemon. */
interface Route {
  /** A new connection. */
  ByteChannel open() throws IOException;

  /** What the header {@code Host} says. */
  String host();

  /** Where that is, as people write it. */
  String where();

  /** What proves who asks. */
  Optional<String> token();

  /** What to do if nobody answers there. */
  String advice();

  /** Over the daemon's Unix socket. */
  record OverSocket(Path socket) implements Route {
    /**
     * Loads what a socket takes, among it the providers of randomness: a fifth of a short command,
     * which another thread can spare it.
     */
    static void prepare() {
      try {
        SocketChannel.open(StandardProtocolFamily.UNIX).close();
      } catch (IOException again) {
        return; // whoever opens one in earnest is told
      }
    }

    @Override
    public ByteChannel open() throws IOException {
      var connection = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        connection.connect(UnixDomainSocketAddress.of(socket));
        return connection;
      } catch (IOException unreachable) {
        connection.close();
        throw unreachable;
      }
    }

    @Override
    public String host() {
      return "localhost";
    }

    @Override
    public String where() {
      return socket.toString();
    }

    @Override
    public Optional<String> token() {
      return Optional.empty();
    }

    @Override
    public String advice() {
      return "gantryd running and serving there; another socket is given by --socket or"
          + " GANTRY_API_SOCKET, another node by --server or GANTRY_SERVER";
    }
  }
}
