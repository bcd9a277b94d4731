package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Calls of inotify(7). */
final class InotifyCalls {
  /** The kernel has dropped events. */
  static final int IN_Q_OVERFLOW = 0x4000;

  /** The watch is gone, with its directory or because it was taken away. */
  static final int IN_IGNORED = 0x8000;

  private static final int IN_CLOSE_WRITE = 0x8;
  private static final int IN_MOVED_FROM = 0x40;
  private static final int IN_MOVED_TO = 0x80;
  private static final int IN_DELETE = 0x200;
  private static final int IN_ONLYDIR = 0x1000000;

  // SAFETY: int inotify_init1(int).
  private static final CFunction INIT = CFunction.ints("inotify_init1");
  // SAFETY: int inotify_add_watch(int, const char *, uint32_t).
  private static final CFunction ADD = CFunction.ints("inotify_add_watch");
  // SAFETY: int inotify_rm_watch(int, int).
  private static final CFunction REMOVE = CFunction.ints("inotify_rm_watch");

  /** One event; the name is empty where the directory itself is meant. */
  record Event(int watch, int mask, String name) {
    boolean has(int flag) {
      return (mask & flag) != 0;
    }
  }

  private InotifyCalls() {}

  static int open() throws SyscallFailure {
    var flags = Descriptors.O_CLOEXEC | Descriptors.O_NONBLOCK;
    return (int) Libc.check("inotify", errno -> INIT.call(errno, flags));
  }

  /** Watches a directory for files that appear complete, or go. */
  static int add(int inotify, Path directory) throws SyscallFailure {
    var mask = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR;
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(directory.toString());
      return (int)
          Libc.check(
              "watch of " + directory, errno -> ADD.call(errno, inotify, path.address(), mask));
    }
  }

  static void remove(int inotify, int watch) {
    Libc.attempt(errno -> REMOVE.call(errno, inotify, watch)); // gone is as good
  }

  /**
   * The events that one read has brought: {@code int wd; uint32_t mask, cookie, len; char[len]}.
   */
  static List<Event> parse(MemorySegment read) {
    var events = new ArrayList<Event>();
    for (var at = 0L; at < read.byteSize(); ) {
      var length = read.get(JAVA_INT, at + 12);
      events.add(
          new Event(
              read.get(JAVA_INT, at),
              read.get(JAVA_INT, at + 4),
              name(read.asSlice(at + 16, length))));
      at += 16 + length;
    }
    return events;
  }

  /** Padded with zero bytes. */
  private static String name(MemorySegment padded) {
    var bytes = padded.toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_8).replace("\0", "");
  }
}
