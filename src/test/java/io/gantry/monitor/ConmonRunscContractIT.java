package io.gantry.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.host.Host;
import io.gantry.runtime.OwnKernelPodContract;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.Reach;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All of the port's contract, over gVisor's command line as build-gvisor.sh builds it. */
@Tag("root")
@Tag("slow")
class ConmonRunscContractIT extends OwnKernelPodContract {
  private static final Path MEMORY = Path.of("/sys/fs/cgroup/memory");

  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    return RunscByConmon.driver(Path.of("/usr/bin/conmon"), vertx, host, directory);
  }

  @AfterEach
  void unmountWhatRunscKeeps() {
    on(() -> host.mounts().unmount(directory.resolve(RunscByConmon.KEPT)));
  }

  /**
   * conmon tells of the group that what stands in for a container is in: the daemon's, in which
   * others may be killed for want of memory.
   */
  @Test
  void lackOfMemoryBesideConmonIsNoContainers() throws Exception {
    // Given
    assumeTrue(
        Files.isDirectory(MEMORY), "control groups of version 1, for a group of memory alone");
    var beside = Files.createDirectory(MEMORY.resolve("gantry-beside-" + pod));
    Files.writeString(beside.resolve("memory.limit_in_bytes"), "134217728");
    var conmon = script(directory.resolve("conmon"), join(beside) + "exec /usr/bin/conmon \"$@\"");
    runtime = await(RunscByConmon.driver(conmon, vertx, host, directory.resolve("driver")));
    var idle = sleeping();

    // When
    var hungry = script(directory.resolve("hungry"), join(beside) + "exec tail /dev/zero");
    assertThat(new ProcessBuilder(hungry.toString()).start().waitFor()).isEqualTo(137);
    var said = new Bundle(idle.directory()).outOfMemory();
    awaitTrue(() -> Files.exists(said));
    on(() -> runtime.signal(call(), idle.id(), 9, Reach.ALL));
    var end = on(() -> runtime.exit(idle.id()));

    // Then
    assertThat(end.code()).isEqualTo(137);
    assertThat(end.oomKilled()).isFalse();
    on(() -> runtime.delete(call(), idle.id()));
    on(() -> runtime.close(call(), pod));
    awaitTrue(() -> beside.toFile().delete());
  }

  private static String join(Path group) {
    return "echo $$ >" + group.resolve("cgroup.procs") + "\n";
  }

  private static Path script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
