package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Calls on sockets. All are non-blocking, and closed when another program is executed. */
final class SocketCalls {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_SEQPACKET = 5;

  private static final int SHUT_WR = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int PATH_BYTES = 108;
  private static final int IPV6_BYTES = 16;

  private static final ValueLayout.OfShort NETWORK_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  // SAFETY: int socket(int, int, int).
  private static final CFunction SOCKET = CFunction.ints("socket");
  // SAFETY: int connect(int, const struct sockaddr *, socklen_t); the size passed is the segment's.
  private static final CFunction CONNECT = CFunction.ints("connect");
  // SAFETY: int shutdown(int, int).
  private static final CFunction SHUTDOWN = CFunction.ints("shutdown");
  // SAFETY: int getsockopt(int, int, int, void *, socklen_t *); SO_ERROR writes one int.
  private static final CFunction GETSOCKOPT = CFunction.ints("getsockopt");
  // SAFETY: int fcntl(int, int, ...); F_DUPFD_CLOEXEC takes an int.
  private static final CFunction FCNTL = CFunction.ints("fcntl");

  private SocketCalls() {}

  /** A socket in the network namespace of the calling thread. */
  static int socket(int family, int type) throws SyscallFailure {
    var flags = type | Descriptors.O_NONBLOCK | Descriptors.O_CLOEXEC;
    return (int) Libc.check("socket", errno -> SOCKET.call(errno, family, flags, 0));
  }

  /** Begins to connect; whether the connection stands already. */
  static boolean connect(int socket, InetAddress address, int port) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      return connect("port " + port, socket, name(arena, address, port));
    }
  }

  /** Of a socket that can connect to {@code address}. */
  static int family(InetAddress address) {
    return address instanceof Inet6Address ? AF_INET6 : AF_INET;
  }

  /** Connects to a Unix socket, which never has to wait. */
  static void connect(int socket, String path) throws SyscallFailure {
    var name = path.getBytes(StandardCharsets.UTF_8);
    if (name.length >= PATH_BYTES) {
      throw new SyscallFailure(path, Errno.ENAMETOOLONG);
    }
    try (var arena = Arena.ofConfined()) {
      var address = arena.allocate(2 + PATH_BYTES, 8);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
      connect(path, socket, address);
    }
  }

  /** A {@code sockaddr_in}, or a {@code sockaddr_in6}. */
  private static MemorySegment name(Arena arena, InetAddress address, int port) {
    var bytes = address.getAddress();
    var six = bytes.length == IPV6_BYTES;
    var name = arena.allocate(six ? 28 : 16, 8);
    name.set(JAVA_SHORT, 0, (short) family(address));
    name.set(NETWORK_SHORT, 2, (short) port);
    MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, six ? 8 : 4, bytes.length);
    return name;
  }

  private static boolean connect(String what, int socket, MemorySegment address)
      throws SyscallFailure {
    var size = (int) address.byteSize();
    var result = Libc.attempt(errno -> CONNECT.call(errno, socket, address.address(), size));
    if (result < 0 && result != -Errno.EINPROGRESS) {
      throw new SyscallFailure(what, (int) -result);
    }
    return result == 0;
  }

  /** The end of a connection attempt, once the socket is writable. */
  static void connected(int socket, int port) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var error = arena.allocate(JAVA_INT);
      var size = arena.allocateFrom(JAVA_INT, 4);
      Libc.check(
          "socket",
          errno ->
              GETSOCKOPT.call(
                  errno, socket, SOL_SOCKET, SO_ERROR, error.address(), size.address()));
      if (error.get(JAVA_INT, 0) != 0) {
        throw new SyscallFailure("port " + port, error.get(JAVA_INT, 0));
      }
    }
  }

  /** Ends what we send; the other side may have gone. */
  static void endWriting(int socket) {
    Libc.attempt(errno -> SHUTDOWN.call(errno, socket, SHUT_WR));
  }

  /** Another number of the same socket, so that each half can be watched by its own. */
  static int duplicate(int socket) throws SyscallFailure {
    return (int) Libc.check("fcntl", errno -> FCNTL.call(errno, socket, F_DUPFD_CLOEXEC, 0));
  }

  /**
   * One packet. A peer that closed before it had read all that we sent is told as a reset, once,
   * and before the packets that it sent itself: those are worth more.
   */
  static int packet(int socket, MemorySegment into) throws SyscallFailure {
    try {
      return Descriptors.read(socket, into);
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ECONNRESET)) {
        return Descriptors.read(socket, into);
      }
      throw failure;
    }
  }
}
