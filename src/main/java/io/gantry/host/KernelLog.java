package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/** What the kernel has said of late. */
final class KernelLog {
  private static final int READ_ALL = 3;
  private static final int SIZE = 10;
  private static final int BYTES_MAX = 4 << 20;
  private static final String SUMMARY = "oom-kill:constraint=";
  private static final String GROUP = ",task_memcg=";

  // SAFETY: int klogctl(int, char *, int); writes at most as many bytes as the last argument says.
  private static final CFunction KLOGCTL = CFunction.ints("klogctl");

  private KernelLog() {}

  /** All that it still holds; empty where this process may not read it. */
  static String text() {
    var size = Libc.attempt(errno -> KLOGCTL.call(errno, SIZE, 0, 0));
    if (size <= 0) {
      return "";
    }
    try (var arena = Arena.ofConfined()) {
      var room = (int) Math.min(size, BYTES_MAX);
      var text = arena.allocate(room);
      var read = Libc.attempt(errno -> KLOGCTL.call(errno, READ_ALL, text.address(), room));
      return read <= 0
          ? ""
          : new String(text.asSlice(0, read).toArray(JAVA_BYTE), StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Whether {@code log} tells that a process of this group, or of one below it, was killed for want
   * of memory (dump_oom_summary in mm/oom_kill.c). The log counts paths from the root of all
   * groups, we from that of our cgroup namespace.
   */
  static boolean killedForMemory(String log, String path) {
    return log.lines()
        .filter(line -> line.contains(SUMMARY))
        .map(KernelLog::group)
        .anyMatch(group -> group.endsWith(path) || group.contains(path + "/"));
  }

  /** The first of that name: what follows it ends with the name that the process gave itself. */
  private static String group(String line) {
    var from = line.indexOf(GROUP);
    if (from < 0) {
      return "";
    }
    var value = line.substring(from + GROUP.length());
    var end = value.indexOf(",task=");
    return end < 0 ? value : value.substring(0, end);
  }
}
