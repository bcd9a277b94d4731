package io.gantry.monitor;

import io.gantry.host.Disk;
import io.gantry.runtime.ContainerProcess;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this driver has made, or was about to make, a file each. An entry is written before the
 * first trace of a container appears anywhere and goes after the last one has: whoever starts anew
 * finds here all there is to clear.
 */
final class Ledger {
  /**
   * One container.
   *
   * @param bootId the boot on which its processes mean something
   * @param mounted where its layers are mounted, if they are
   * @param process empty until it has been created
   * @param started whether it was told to run
   */
  record Entry(
      String id,
      String bootId,
      Path directory,
      Optional<Path> mounted,
      String cgroup,
      Optional<ContainerProcess> process,
      boolean started) {

    Entry with(ContainerProcess created) {
      return new Entry(id, bootId, directory, mounted, cgroup, Optional.of(created), started);
    }

    Entry withStart() {
      return new Entry(id, bootId, directory, mounted, cgroup, process, true);
    }

    Bundle bundle() {
      return new Bundle(directory);
    }
  }

  private static final Logger LOGGER = LoggerFactory.getLogger(Ledger.class);
  private static final String SUFFIX = ".json";

  private final Disk disk;
  private final Path directory;

  Ledger(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  Future<Void> write(Entry entry) {
    return disk.act(() -> Documents.write(file(entry.id()), entry));
  }

  Future<Void> remove(String id) {
    return disk.act(() -> Files.deleteIfExists(file(id)));
  }

  Future<Optional<Entry>> find(String id) {
    return disk.run(() -> Files.exists(file(id)) ? read(file(id)) : Optional.empty());
  }

  Future<List<Entry>> all() {
    return disk.run(
        () -> {
          var entries = new ArrayList<Entry>();
          try (var files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (var file : files) {
              read(file).ifPresent(entries::add);
            }
          }
          return entries;
        });
  }

  /** One that cannot be read is set aside and never stops a start. */
  private static Optional<Entry> read(Path file) throws IOException {
    var text = Files.readString(file);
    try {
      return Optional.of(Documents.JSON.readValue(text, Entry.class));
    } catch (IOException unreadable) {
      LOGGER
          .atWarn()
          .addKeyValue("containerId", file.getFileName())
          .addKeyValue("error", unreadable.getMessage())
          .log("a ledger entry cannot be read and is set aside");
      Files.move(file, file.resolveSibling(file.getFileName() + ".unreadable"));
      return Optional.empty();
    }
  }

  private Path file(String id) {
    return directory.resolve(id + SUFFIX);
  }
}
