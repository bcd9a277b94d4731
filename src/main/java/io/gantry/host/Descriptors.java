package io.gantry.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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
  private static final MethodHandle OPEN =
      Libc.variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  // SAFETY: int close(int).
  private static final MethodHandle CLOSE =
      Libc.function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  // SAFETY: int pipe2(int[2], int); writes two ints.
  private static final MethodHandle PIPE2 =
      Libc.function("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  // SAFETY: int fcntl(int, int, ...); the commands used here take an int.
  private static final MethodHandle FCNTL =
      Libc.variadic("fcntl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  // SAFETY: int ioctl(int, unsigned long, ...); the argument points to what the request asks for.
  private static final MethodHandle IOCTL =
      Libc.variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  // SAFETY: ssize_t read(int, void *, size_t); the size passed is the segment's own.
  private static final MethodHandle READ =
      Libc.function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  // SAFETY: ssize_t write(int, const void *, size_t); the size passed is the segment's own.
  private static final MethodHandle WRITE =
      Libc.function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  // SAFETY: int poll(struct pollfd *, nfds_t, int); one entry of eight bytes is passed.
  private static final MethodHandle POLL =
      Libc.function("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

  // SAFETY: int memfd_create(const char *, unsigned); copies the name. glibc 2.27.
  private static final MethodHandle MEMFD =
      Libc.function("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

  /** Both ends of a pipe, blocking. */
  record Pipe(int reading, int writing) {}

  private Descriptors() {}

  static int open(Path path, int flags) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(path.toString());
      return (int)
          Libc.check(
              path.toString(), errno -> (int) OPEN.invokeExact(errno, name, flags | O_CLOEXEC));
    }
  }

  /** Closes without a word: there is nothing to be done about a failed close. */
  static void close(int descriptor) {
    // EINTR has closed the descriptor on Linux, and a second close might hit another one.
    Libc.attempt(errno -> Math.max(0, (int) CLOSE.invokeExact(errno, descriptor)));
  }

  static Pipe pipe() throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var ends = arena.allocate(JAVA_INT, 2);
      Libc.check("pipe", errno -> (int) PIPE2.invokeExact(errno, ends, O_CLOEXEC));
      return new Pipe(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
    }
  }

  /** An empty file in memory that can be executed once it has been written. */
  static int memory(String name) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocateFrom(name);
      var flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
      var made = Libc.attempt(errno -> (int) MEMFD.invokeExact(errno, text, flags | MFD_EXEC));
      if (made == -Errno.EINVAL) { // before Linux 6.3 all such files can be executed
        made = Libc.attempt(errno -> (int) MEMFD.invokeExact(errno, text, flags));
      }
      if (made < 0) {
        throw new SyscallFailure("memfd_create", (int) -made);
      }
      return (int) made;
    }
  }

  /** Nobody writes to a file in memory from now on. */
  static void seal(int memory) throws SyscallFailure {
    Libc.check(
        "fcntl", errno -> (int) FCNTL.invokeExact(errno, memory, F_ADD_SEALS, EVERY_WRITING_SEAL));
  }

  static void makeNonBlocking(int descriptor) throws SyscallFailure {
    var flags =
        (int) Libc.check("fcntl", errno -> (int) FCNTL.invokeExact(errno, descriptor, F_GETFL, 0));
    Libc.check(
        "fcntl", errno -> (int) FCNTL.invokeExact(errno, descriptor, F_SETFL, flags | O_NONBLOCK));
  }

  /** The same open file under a number greater than {@code floor}; the old number is closed. */
  static int raiseAbove(int floor, int descriptor) throws SyscallFailure {
    if (descriptor > floor) {
      return descriptor;
    }
    var raised =
        (int)
            Libc.check(
                "fcntl",
                errno -> (int) FCNTL.invokeExact(errno, descriptor, F_DUPFD_CLOEXEC, floor + 1));
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
    Libc.check(what, errno -> (int) IOCTL.invokeExact(errno, descriptor, request, argument));
  }

  /** The number of bytes read, 0 at the end, or {@link #WOULD_BLOCK}. */
  static int read(int descriptor, MemorySegment into) throws SyscallFailure {
    return transferred(
        "read",
        Libc.attempt(errno -> (long) READ.invokeExact(errno, descriptor, into, into.byteSize())));
  }

  /** The number of bytes written, or {@link #WOULD_BLOCK}. */
  static int write(int descriptor, MemorySegment from) throws SyscallFailure {
    return transferred(
        "write",
        Libc.attempt(errno -> (long) WRITE.invokeExact(errno, descriptor, from, from.byteSize())));
  }

  /** Whether a descriptor can be read now. */
  static boolean readable(int descriptor) {
    try (var arena = Arena.ofConfined()) {
      var entry = arena.allocate(8, 4);
      entry.set(JAVA_INT, 0, descriptor);
      entry.set(JAVA_SHORT, 4, POLLIN);
      return Libc.attempt(errno -> (int) POLL.invokeExact(errno, entry, 1L, 0)) > 0;
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
