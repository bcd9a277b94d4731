package io.gantry.driver;

import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.Rlimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What this daemon may give a process. Without CAP_SYS_RESOURCE nobody lowers an OOM score below
 * the daemon's own or raises a hard limit, and a runtime that is asked to fails the whole
 * container: so what is asked is clamped.
 *
 * @param oomScoreAdjMin the lowest score that can be set
 * @param hardLimits the highest hard limits by their name; one that is missing is not restricted
 */
public record Allowed(int oomScoreAdjMin, Map<String, Long> hardLimits) {
  private static final int CAP_SYS_RESOURCE = 24;
  private static final Pattern LIMIT = Pattern.compile("(Max .*?) {2,}(\\S+) +(\\S+).*");

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("Max cpu time", "RLIMIT_CPU"),
          Map.entry("Max file size", "RLIMIT_FSIZE"),
          Map.entry("Max data size", "RLIMIT_DATA"),
          Map.entry("Max stack size", "RLIMIT_STACK"),
          Map.entry("Max core file size", "RLIMIT_CORE"),
          Map.entry("Max resident set", "RLIMIT_RSS"),
          Map.entry("Max processes", "RLIMIT_NPROC"),
          Map.entry("Max open files", "RLIMIT_NOFILE"),
          Map.entry("Max locked memory", "RLIMIT_MEMLOCK"),
          Map.entry("Max address space", "RLIMIT_AS"),
          Map.entry("Max file locks", "RLIMIT_LOCKS"),
          Map.entry("Max pending signals", "RLIMIT_SIGPENDING"),
          Map.entry("Max msgqueue size", "RLIMIT_MSGQUEUE"),
          Map.entry("Max nice priority", "RLIMIT_NICE"),
          Map.entry("Max realtime priority", "RLIMIT_RTPRIO"),
          Map.entry("Max realtime timeout", "RLIMIT_RTTIME"));

  public Allowed {
    hardLimits = Map.copyOf(hardLimits);
  }

  public static Allowed anything() {
    return new Allowed(-1000, Map.of());
  }

  /** What /proc says of this process. */
  public static Allowed here() throws IOException {
    var self = Path.of("/proc/self");
    var status = Files.readAllLines(self.resolve("status"));
    if (mayRaise(status)) {
      return anything();
    }
    var score = Integer.parseInt(Files.readString(self.resolve("oom_score_adj")).strip());
    return new Allowed(score, hardLimits(Files.readAllLines(self.resolve("limits"))));
  }

  static boolean mayRaise(List<String> status) {
    return status.stream()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
        .anyMatch(set -> (set >>> CAP_SYS_RESOURCE & 1) == 1);
  }

  static Map<String, Long> hardLimits(List<String> lines) {
    var limits = new HashMap<String, Long>();
    for (var line : lines) {
      var parts = LIMIT.matcher(line);
      if (parts.matches()
          && NAMES.containsKey(parts.group(1))
          && !parts.group(3).equals("unlimited")) {
        limits.put(NAMES.get(parts.group(1)), Long.parseLong(parts.group(3)));
      }
    }
    return limits;
  }

  /** The same process within what is allowed, with an OOM score in any case: else it inherits. */
  public Process clamp(Process process) {
    var wanted = process.oomScoreAdj();
    return new Process(
        process.terminal(),
        process.user(),
        process.args(),
        process.env(),
        process.cwd(),
        process.capabilities(),
        process.rlimits().stream().map(this::clamp).toList(),
        process.noNewPrivileges(),
        Math.max(wanted == null ? 0 : wanted, oomScoreAdjMin),
        process.apparmorProfile(),
        process.selinuxLabel());
  }

  private Rlimit clamp(Rlimit wanted) {
    var highest = hardLimits.get(wanted.type());
    return highest == null
        ? wanted
        : new Rlimit(wanted.type(), lower(wanted.hard(), highest), lower(wanted.soft(), highest));
  }

  /** Limits are unsigned in the specification: infinity is the highest of them. */
  private static long lower(long wanted, long highest) {
    return Long.compareUnsigned(wanted, highest) < 0 ? wanted : highest;
  }
}
