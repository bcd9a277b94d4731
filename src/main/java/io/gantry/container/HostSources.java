package io.gantry.container;

import io.gantry.container.ContainerConfig.Volume;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Sees to it that what a container mounts of the host is there and can be shared as was asked for.
 * A directory that is missing is made, as containerd and CRI-O do.
 */
final class HostSources {
  private HostSources() {}

  static Future<Void> prepare(Host host, ContainerConfig config) {
    var done = Future.<Void>succeededFuture();
    for (var volume : config.mounts()) {
      if (volume.image().isEmpty()) {
        done =
            done.compose(_ -> host.disk().act(() -> exists(Path.of(volume.hostPath()))))
                .compose(_ -> shared(host, volume));
      }
    }
    return done;
  }

  private static void exists(Path source) throws IOException {
    try {
      if (!Files.exists(source)) {
        Files.createDirectories(source);
      }
    } catch (FileAlreadyExistsException inTheWay) {
      throw RuntimeFault.precondition(
          "mount: host path '"
              + source
              + "' (expected: one that exists or can be made; "
              + inTheWay.getFile()
              + " is a broken link or no directory)");
    }
  }

  /** The kernel lets mounts through only if the source's own mount takes part. */
  private static Future<Void> shared(Host host, Volume volume) {
    if (volume.propagation().equals("rprivate")) {
      return Future.succeededFuture();
    }
    return host.mounts()
        .at(Path.of(volume.hostPath()))
        .compose(
            mount -> {
              var shared = mount.propagation().stream().anyMatch(it -> it.startsWith("shared:"));
              var slave = mount.propagation().stream().anyMatch(it -> it.startsWith("master:"));
              var enough = shared || (slave && volume.propagation().equals("rslave"));
              return enough
                  ? Future.succeededFuture()
                  : Future.failedFuture(
                      RuntimeFault.precondition(
                          "mount: host path '%s' is on %s, which is %s (expected: %s, for %s)"
                              .formatted(
                                  volume.hostPath(),
                                  mount.target(),
                                  slave ? "a slave mount" : "a private mount",
                                  volume.propagation().equals("rslave")
                                      ? "a shared or a slave mount"
                                      : "a shared mount",
                                  volume.propagation())));
            });
  }
}
