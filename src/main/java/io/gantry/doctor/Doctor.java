package io.gantry.doctor;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.handler.HandlerStatus;
import io.gantry.host.Host;
import io.gantry.network.Networks;
import io.gantry.runtime.CgroupDriver;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Examines this host. Call from any thread; nothing blocks. */
public interface Doctor {
  /** What is different with a running daemon: it knows these, others have to find them out. */
  record Facts(
      Supplier<Future<List<HandlerStatus>>> handlers,
      Supplier<Future<Networks.Look>> network,
      Supplier<Future<Optional<String>>> whyNotIdMapped) {}

  /**
   * What is examined.
   *
   * @param root where layers and records are, or will be
   * @param run where sockets and mounts are, or will be
   * @param binDirs where CNI plugins are looked for
   * @param cdi the devices that files describe
   * @param cgroupDriver the one that was asked for; empty for whichever fits
   */
  record Parts(
      Host host,
      Path root,
      Path run,
      List<Path> binDirs,
      Optional<CgroupDriver> cgroupDriver,
      Cdi cdi,
      Facts facts) {}

  static Doctor of(Parts parts) {
    return new HostDoctor(parts, Path.of("/"));
  }

  /**
   * Tries out, below {@code root} or what it will be made in, whether layers can have a pod's own
   * users; a daemon does so at its start.
   *
   * @return why not; empty if they can
   */
  static Future<Optional<String>> whyNotIdMapped(Host host, Path root) {
    return host.disk()
        .run(() -> StorageChecks.trialFolder(root))
        .compose(
            folder ->
                host.disk()
                    .act(() -> Files.createDirectory(folder))
                    .compose(_ -> host.mounts().whyNotIdMapped(folder))
                    .eventually(() -> host.disk().delete(folder)));
  }

  /** Looks at everything anew. Fails only if the call ends. */
  Future<Report> examine(Call call);
}
