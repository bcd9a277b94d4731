package io.gantry.driver;

import io.gantry.host.Disk;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a driver has made, or was about to make, a file each. An entry is written before the first
 * trace of a container appears anywhere and goes after the last one has: whoever starts anew finds
 * here all there is to clear.
 */
public final class Ledger<E> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Ledger.class);
  private static final String SUFFIX = ".json";

  private final Disk disk;
  private final Path directory;
  private final Class<E> type;
  private final Function<E, String> id;

  private Ledger(Disk disk, Path directory, Class<E> type, Function<E, String> id) {
    this.disk = disk;
    this.directory = directory;
    this.type = type;
    this.id = id;
  }

  /**
   * The one in {@code directory}, which exists.
   *
   * @param id what an entry is found by; a name that a file may have
   */
  public static <E> Ledger<E> in(Disk disk, Path directory, Class<E> type, Function<E, String> id) {
    return new Ledger<>(disk, directory, type, id);
  }

  public Future<Void> write(E entry) {
    return disk.act(() -> Documents.write(file(id.apply(entry)), entry));
  }

  public Future<Void> remove(String id) {
    return disk.act(() -> Files.deleteIfExists(file(id)));
  }

  public Future<Optional<E>> find(String id) {
    return disk.run(() -> Files.exists(file(id)) ? read(file(id)) : Optional.empty());
  }

  public Future<List<E>> all() {
    return disk.run(
        () -> {
          var entries = new ArrayList<E>();
          try (var files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (var file : files) {
              read(file).ifPresent(entries::add);
            }
          }
          return entries;
        });
  }

  /** One that cannot be read is set aside and never stops a start. */
  private Optional<E> read(Path file) throws IOException {
    var text = Files.readString(file);
    try {
      return Optional.of(Documents.JSON.readValue(text, type));
    } catch (IOException unreadable) {
      LOGGER
          .atWarn()
          .addKeyValue("file", file.getFileName())
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
