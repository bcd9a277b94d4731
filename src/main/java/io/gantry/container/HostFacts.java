package io.gantry.container;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Cgroups.Version;
import io.gantry.host.Host;
import io.gantry.oci.RuntimeSpec.Rlimit;
import io.gantry.sandbox.Resources;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What this daemon may give away, read once: nothing beyond it can be granted to a container.
 *
 * @param capabilities a bit for each capability by its number (capability.h)
 * @param oomScoreAdjMin the lowest score it may set
 * @param openFilesMax the highest RLIMIT_NOFILE it may set
 * @param unifiedCgroups whether the host has cgroup v2 and nothing else
 * @param hugepages whether huge pages can be limited
 * @param rlimits of every process, where the operator wants them other than they are
 */
record HostFacts(
    long capabilities,
    int oomScoreAdjMin,
    long openFilesMax,
    boolean unifiedCgroups,
    boolean hugepages,
    List<Rlimit> rlimits) {
  private static final int CAP_SYS_RESOURCE = 24;
  private static final String OPEN_FILES = "RLIMIT_NOFILE";
  private static final long OPEN_FILES_DEFAULT = 1_048_576;

  static Future<HostFacts> read(Host host, List<Rlimit> rlimits) {
    return host.cgroups()
        .controllers()
        .compose(
            controllers ->
                host.disk()
                    .run(
                        () ->
                            readNow(
                                host.cgroups().version(),
                                controllers.contains("hugetlb"),
                                rlimits)));
  }

  private static HostFacts readNow(Version cgroups, boolean hugepages, List<Rlimit> rlimits)
      throws IOException {
    var capabilities =
        Long.parseUnsignedLong(
            found("CapEff:\\s+([0-9a-f]+)", Files.readString(Path.of("/proc/self/status"))), 16);
    var mayRaise = (capabilities >> CAP_SYS_RESOURCE & 1) == 1;
    var own = Integer.parseInt(Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
    var hard =
        found("Max open files\\s+\\S+\\s+(\\S+)", Files.readString(Path.of("/proc/self/limits")));
    return new HostFacts(
        capabilities,
        mayRaise ? -1000 : own,
        hard.equals("unlimited")
            ? OPEN_FILES_DEFAULT
            : Math.min(OPEN_FILES_DEFAULT, Long.parseLong(hard)),
        cgroups == Version.V2,
        hugepages,
        rlimits);
  }

  /** Refuses limits that nothing on this host would hold a container to. */
  void check(Resources asked) {
    asked.checkFor(unifiedCgroups ? Version.V2 : Version.V1);
    for (var limit : asked.hugepageBytes().entrySet()) {
      if (limit.getValue() > 0 && !hugepages) {
        throw RuntimeFault.precondition(
            "hugepage limit: "
                + limit.getKey()
                + " (expected: none on a host without the cgroup controller hugetlb)");
      }
    }
  }

  /** What a process is limited to. */
  List<Rlimit> limits() {
    var all = new ArrayList<>(rlimits);
    if (all.stream().noneMatch(limit -> limit.type().equals(OPEN_FILES))) {
      all.add(new Rlimit(OPEN_FILES, openFilesMax, openFilesMax));
    }
    return List.copyOf(all);
  }

  private static String found(String pattern, String text) throws IOException {
    var match = Pattern.compile(pattern).matcher(text);
    if (!match.find()) {
      throw new IOException("no " + pattern + " in /proc/self");
    }
    return match.group(1);
  }

  /** The capabilities that this daemon has itself. */
  List<String> grantable() {
    return Capability.NAMES.stream().filter(this::has).toList();
  }

  boolean has(String capability) {
    var bit = Capability.NAMES.indexOf(capability);
    return bit >= 0 && (capabilities >> bit & 1) == 1;
  }
}
