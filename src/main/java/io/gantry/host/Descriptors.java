package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Calls on file descriptors. Whatever is opened here is closed when another program is executed.
 */
final class Descriptors {
  /** A read or a write that would have to wait. */
  static final int WOULD_BLOCK = -1;

  static final int O_RDONLY = 0;
  static final int O_NONBLOCK = 04000;
  static final int O_CLOEXEC = 02000000;
  static final int O_PATH = 010000000;

  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_ADD_SEALS = 1033;
  private static final int EVERY_WRITING_SEAL = 0xf; // SEAL, SHRINK, GROW, WRITE
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_EXEC = 0x10;
  private static final long FIONREAD = 0x541B;
  private static final short POLLIN = 1;

  // SAFETY: int open(const char *, int, ...); the mode is never looked at without O_CREAT.
  private static final CFunction OPEN = CFunction.ints("open");
  // SAFETY: int close(int).
  private static final CFunction CLOSE = CFunction.ints("close");
  // SAFETY: int pipe2(int[2], int); writes two ints.
  private static final CFunction PIPE2 = CFunction.ints("pipe2");
  // SAFETY: int fcntl(int, int, ...); the commands used here take an int.
  private static final CFunction FCNTL = CFunction.ints("fcntl");
  // SAFETY: int ioctl(int, unsigned long, ...); the argument points to what the request asks for.
  private static final CFunction IOCTL = CFunction.ints("ioctl");
  // SAFETY: ssize_t read(int, void *, size_t); the size passed is the segment's own.
  private static final CFunction READ = CFunction.longs("read");
  // SAFETY: ssize_t write(int, const void *, size_t); the size passed is the segment's own.
  private static final CFunction WRITE = CFunction.longs("write");
  // SAFETY: int poll(struct pollfd *, nfds_t, int); one entry of eight bytes is passed.
  private static final CFunction POLL = CFunction.ints("poll");

  // SAFETY: int memfd_create(const char *, unsigned); copies the name. glibc 2.27.
  private static final CFunction MEMFD = CFunction.ints("memfd_create");

  /** Both ends of a pipe, blocking. */
  record Pipe(int reading, int writing) {}

  private Descriptors() {}

  static int open(Path path, int flags) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(path.toString());
      return (int)
          Libc.check(path.toString(), errno -> OPEN.call(errno, name.address(), flags | O_CLOEXEC));
    }
  }

  /** Closes without a word: there is nothing to be done about a failed close. */
  static void close(int descriptor) {
    // EINTR has closed the descriptor on Linux, and a second close might hit another one.
    Libc.attempt(errno -> Math.max(0, CLOSE.call(errno, descriptor)));
  }

  static Pipe pipe() throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var ends = arena.allocate(JAVA_INT, 2);
      Libc.check("pipe", errno -> PIPE2.call(errno, ends.address(), O_CLOEXEC));
      return new Pipe(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
    }
  }

  /** An empty file in memory that can be executed once it has been written. */
  static int memory(String name) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocateFrom(name);
      var flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
      var made = Libc.attempt(errno -> MEMFD.call(errno, text.address(), flags | MFD_EXEC));
      if (made == -Errno.EINVAL) { // before Linux 6.3 all such files can be executed
        made = Libc.attempt(errno -> MEMFD.call(errno, text.address(), flags));
      }
      if (made < 0) {
        throw new SyscallFailure("memfd_create", (int) -made);
      }
      return (int) made;
    }
  }

  /** Nobody writes to a file in memory from now on. */
  static void seal(int memory) throws SyscallFailure {
    Libc.check("fcntl", errno -> FCNTL.call(errno, memory, F_ADD_SEALS, EVERY_WRITING_SEAL));
  }

  static void makeNonBlocking(int descriptor) throws SyscallFailure {
    var flags = (int) Libc.check("fcntl", errno -> FCNTL.call(errno, descriptor, F_GETFL, 0));
    Libc.check("fcntl", errno -> FCNTL.call(errno, descriptor, F_SETFL, flags | O_NONBLOCK));
  }

  /** The same open file under a number greater than {@code floor}; the old number is closed. */
  static int raiseAbove(int floor, int descriptor) throws SyscallFailure {
    if (descriptor > floor) {
      return descriptor;
    }
    var raised =
        (int)
            Libc.check("fcntl", errno -> FCNTL.call(errno, descriptor, F_DUPFD_CLOEXEC, floor + 1));
    close(descriptor);
    return raised;
  }

  /** The bytes that a pipe holds. */
  static int available(int descriptor) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var count = arena.allocate(JAVA_INT);
      ioctl("pipe", descriptor, FIONREAD, count);
      return count.get(JAVA_INT, 0);
    }
  }

  static void ioctl(String what, int descriptor, long request, MemorySegment argument)
      throws SyscallFailure {
    Libc.check(what, errno -> IOCTL.call(errno, descriptor, request, argument.address()));
  }

  /** The number of bytes read, 0 at the end, or {@link #WOULD_BLOCK}. */
  static int read(int descriptor, MemorySegment into) throws SyscallFailure {
    return transferred(
        "read",
        Libc.attempt(errno -> READ.call(errno, descriptor, into.address(), into.byteSize())));
  }

  /** The number of bytes written, or {@link #WOULD_BLOCK}. */
  static int write(int descriptor, MemorySegment from) throws SyscallFailure {
    return transferred(
        "write",
        Libc.attempt(errno -> WRITE.call(errno, descriptor, from.address(), from.byteSize())));
  }

  /** Whether a descriptor can be read now. */
  static boolean readable(int descriptor) {
    try (var arena = Arena.ofConfined()) {
      var entry = arena.allocate(8, 4);
      entry.set(JAVA_INT, 0, descriptor);
      entry.set(JAVA_SHORT, 4, POLLIN);
      return Libc.attempt(errno -> POLL.call(errno, entry.address(), 1, 0)) > 0;
    }
  }

  private static int transferred(String what, long result) throws SyscallFailure {
    if (result == -Errno.EAGAIN) {
      return WOULD_BLOCK;
    }
    if (result < 0) {
      throw new SyscallFailure(what, (int) -result);
    }
    return (int) result;
  }
}
