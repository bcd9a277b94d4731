package io.gantry.driver;

import io.gantry.host.Cgroups;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;

/**
 * Whether the kernel killed in a group, or in one below it, for want of memory. conmon hears only
 * of the group itself, and on cgroup v1 a group counts for itself alone.
 */
public record OomKills(Cgroups cgroups) {
  /** Who makes more groups than that does not get all of them looked at. */
  private static final int GROUPS_MAX = 256;

  private static final int CODE_KILLED = 128 + 9;

  private static final List<String> FILES = List.of("memory.events", "memory.oom_control");

  /**
   * Whether that is why a process ended that had {@code code}: false for one that ended well, and
   * for a group that cannot be read.
   */
  public Future<Boolean> ended(int code, String group) {
    if (code == 0) {
      return Future.succeededFuture(false);
    }
    return cgroups
        .read(group, FILES)
        .compose(
            files ->
                // systemd takes a scope's group away at once, maybe before anybody has read it
                files.isEmpty() && code == CODE_KILLED
                    ? cgroups.ranOutOfMemory(group)
                    : look(new ArrayDeque<>(List.of(group)), GROUPS_MAX))
        .otherwise(false);
  }

  private Future<Boolean> look(ArrayDeque<String> groups, int left) {
    var group = groups.poll();
    if (group == null || left == 0) {
      return Future.succeededFuture(false);
    }
    return cgroups
        .read(group, FILES)
        .compose(
            files ->
                killed(files)
                    ? Future.succeededFuture(true)
                    : cgroups
                        .children(group)
                        .compose(
                            children -> {
                              groups.addAll(children);
                              return look(groups, left - 1);
                            }));
  }

  private static boolean killed(Map<String, String> files) {
    var read = new StatFile(files);
    return FILES.stream().anyMatch(file -> read.table(file).getOrDefault("oom_kill", 0L) > 0);
  }
}
