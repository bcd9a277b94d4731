package io.gantry.monitor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.host.Host;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/**
 * youki, as build-youki.sh builds it. One thing is different from crun and runc: see {@link
 * #wordsAtABrokenPipe}.
 */
@Tag("root")
@Tag("slow")
class ConmonYoukiIT extends ConmonContract {
  private static final Path YOUKI = Cache.path("youki/youki");

  ConmonYoukiIT() {
    super(YOUKI);
  }

  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    assumeTrue(Files.exists(YOUKI), "youki has been built");
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")) || seesTheHostsProcesses(),
        "on cgroups of version 1 youki looks for its processes where the host sees them");
    return super.driver(vertx, host, directory);
  }

  private static boolean seesTheHostsProcesses() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).endsWith("pid:[4026531836]");
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /**
   * Rust ignores SIGPIPE for itself, and youki does not set it back for the commands that it
   * executes: they learn by an error that nobody reads.
   */
  @Override
  protected String wordsAtABrokenPipe() {
    return "yes: (null): Broken pipe\n";
  }
}
