package io.gantry.driver;

import io.gantry.host.Host;
import io.gantry.host.Mounts;
import io.gantry.oci.RuntimeSpec;
import io.gantry.runtime.Rootfs;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Optional;

/** The root of a workload: an overlay of layers, or simply a directory where there are none. */
public record RootMount(Host host) {
  /**
   * Mounts {@code overlay}, if there is one, as its users see it and with the label of the spec.
   */
  public Future<Void> mount(Optional<Rootfs> overlay, RuntimeSpec spec) {
    return overlay
        .map(
            rootfs ->
                host.mounts()
                    .overlay(
                        rootfs.layers(),
                        new Mounts.Shown(
                            rootfs.users().map(Rootfs.Users::namespace), labelOf(spec)),
                        rootfs.upper(),
                        rootfs.work(),
                        rootfs.target()))
        .orElseGet(Future::succeededFuture);
  }

  /** Gives a root that is no overlay the label of the spec: an overlay is mounted with it. */
  public Future<Void> label(Path root, Optional<Rootfs> overlay, RuntimeSpec spec) {
    return labelOf(spec)
        .filter(_ -> overlay.isEmpty())
        .map(label -> host.disk().label(root, label, Optional::empty))
        .orElseGet(Future::succeededFuture);
  }

  private static Optional<String> labelOf(RuntimeSpec spec) {
    return Optional.ofNullable(spec.linux().mountLabel());
  }
}
