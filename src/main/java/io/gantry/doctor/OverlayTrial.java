package io.gantry.doctor;

import io.gantry.host.Disk;
import io.gantry.host.Host;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Mounts an overlay, writes to it, and takes all away. */
final class OverlayTrial {
  private final Host host;
  private final Path all;

  /**
   * @param all a folder that is not there yet, on the file system that is tried
   */
  OverlayTrial(Host host, Path all) {
    this.host = host;
    this.all = all;
  }

  /** Why an overlay does not work there; empty if it does. */
  Future<Optional<String>> whyNot() {
    return host.disk()
        .run(this::prepare)
        .compose(
            typeless ->
                typeless
                    ? Future.succeededFuture(
                        Optional.of("its directories do not tell the kinds of files (no d_type)"))
                    : mounted())
        .otherwise(cause -> Optional.of(String.valueOf(cause.getMessage())))
        .compose(why -> clear().map(why));
  }

  private Future<Optional<String>> mounted() {
    return host.mounts()
        .overlay(List.of(part("layer")), part("upper"), part("work"), part("target"))
        .compose(_ -> host.disk().run(this::used));
  }

  /** Whether the file system does not say what kind an entry is. */
  private boolean prepare() throws IOException {
    for (var name : List.of("layer", "upper", "work", "target")) {
      Files.createDirectories(part(name));
    }
    Files.writeString(part("layer").resolve("file"), "below");
    return !Disk.tellsTypes(part("layer"));
  }

  private Optional<String> used() throws IOException {
    var file = part("target").resolve("file");
    Files.writeString(file, "above");
    var kept =
        Files.readString(part("layer").resolve("file")).equals("below")
            && Files.readString(part("upper").resolve("file")).equals("above");
    return kept ? Optional.empty() : Optional.of("a write went to the layer below");
  }

  private Path part(String name) {
    return all.resolve(name);
  }

  private Future<Void> clear() {
    return host.mounts().unmount(part("target")).compose(_ -> host.disk().delete(all));
  }
}
