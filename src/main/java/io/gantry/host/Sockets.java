package io.gantry.host;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Sockets that the JDK cannot make: in other network namespaces, and of packets. */
public interface Sockets {
  /** The most that one packet may carry; {@link #packets} sends no larger ones. */
  int PACKET_BYTES_MAX = 8 * 1024;

  /**
   * Connects to a port of the loopback device in a network namespace: 127.0.0.1, and ::1 if nobody
   * listens there. A refused connection is UNAVAILABLE.
   *
   * @param namespace the file of a namespace; empty is the daemon's own
   */
  Future<Connection> dial(Optional<Path> namespace, int port);

  /**
   * Connects to a port of the first of {@code addresses} that answers, from the daemon's own
   * network namespace. Refused by all is UNAVAILABLE.
   *
   * @param addresses at least one
   */
  Future<Connection> dial(List<InetAddress> addresses, int port);

  /**
   * Connects to a Unix socket of packets (SOCK_SEQPACKET). The path may be longer than a socket's
   * address.
   */
  Future<Connection> packets(Path socket);
}
