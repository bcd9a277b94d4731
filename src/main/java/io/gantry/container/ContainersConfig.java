package io.gantry.container;

import io.gantry.errors.RuntimeFault;
import io.gantry.oci.RuntimeSpec.Rlimit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * How containers are made on this node.
 *
 * @param root below which what they write lies; it outlives a reboot
 * @param run below which their bundles and mounts lie
 * @param rlimits of their processes, unless the daemon may not give as much
 */
public record ContainersConfig(Path root, Path run, List<Rlimit> rlimits) {
  /** Of getrlimit(2). */
  private static final Set<String> NAMES =
      Set.of(
          "as",
          "core",
          "cpu",
          "data",
          "fsize",
          "locks",
          "memlock",
          "msgqueue",
          "nice",
          "nofile",
          "nproc",
          "rss",
          "rtprio",
          "rttime",
          "sigpending",
          "stack");

  private static final String NUMBER = "[0-9]{1,18}|unlimited";

  public ContainersConfig {
    rlimits = List.copyOf(rlimits);
  }

  /** The names that {@link #rlimits} may have, in order. */
  public static Set<String> rlimitNames() {
    return new TreeSet<>(NAMES);
  }

  /** Whether {@link #rlimits(String)} takes a text. */
  public static boolean areRlimits(String text) {
    try {
      return rlimits(text) != null;
    } catch (RuntimeFault malformed) {
      return false;
    }
  }

  /** Limits such as {@code nofile=65536:1048576,core=0}; none of an empty text. */
  public static List<Rlimit> rlimits(String text) {
    var all = new ArrayList<Rlimit>();
    for (var one : text.isBlank() ? new String[0] : text.split(",", -1)) {
      var limit = rlimit(one.strip());
      if (all.stream().anyMatch(other -> other.type().equals(limit.type()))) {
        throw RuntimeFault.invalid("rlimit: '" + one.strip() + "' (expected: each name once)");
      }
      all.add(limit);
    }
    return List.copyOf(all);
  }

  private static Rlimit rlimit(String text) {
    var equals = text.indexOf('=');
    var name = equals < 0 ? "" : text.substring(0, equals);
    var values = text.substring(equals + 1);
    if (!NAMES.contains(name) || !values.matches("(" + NUMBER + ")(:(" + NUMBER + "))?")) {
      throw malformed(text);
    }
    var parts = values.split(":", -1);
    var soft = number(parts[0]);
    var hard = number(parts[parts.length - 1]);
    if (Long.compareUnsigned(soft, hard) > 0) {
      throw malformed(text);
    }
    return new Rlimit("RLIMIT_" + name.toUpperCase(Locale.ROOT), hard, soft);
  }

  private static RuntimeFault malformed(String text) {
    return RuntimeFault.invalid(
        "rlimit: '" + text + "' (expected: <name>=<soft>[:<hard>], the soft one not above)");
  }

  private static long number(String text) {
    return text.equals("unlimited") ? Rlimit.INFINITY : Long.parseLong(text);
  }
}
