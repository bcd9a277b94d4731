package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of attached pods, on disk: {@code <id>.request} from before the first plugin runs
 * until the last has detached, and beside it {@code <id>.result} once all have attached.
 *
 * <p>Files appear complete or not at all. A request is on the disk itself before {@link #keep}
 * ends, and is never written again: a power cut can cost the result, without which plugins detach
 * too, but not the knowledge that a pod was attached.
 */
final class AttachmentCache {
  private static final Logger LOG = LoggerFactory.getLogger(AttachmentCache.class);
  private static final String REQUEST = ".request";
  private static final String RESULT = ".result";
  private static final String UNFINISHED = ".tmp";

  private final Path directory;
  private final Disk disk;

  AttachmentCache(Path directory, Disk disk) {
    this.directory = directory;
    this.disk = disk;
  }

  /** Makes the directory, or clears what a killed daemon left half written in it. */
  Future<Void> open() {
    return disk.run(
        () -> {
          Files.createDirectories(directory, mode("rwx------"));
          for (var name : names(UNFINISHED)) {
            Files.deleteIfExists(directory.resolve(name + UNFINISHED));
          }
          return null;
        });
  }

  /** Keeps a request, durably. */
  Future<Void> keep(Entry entry) {
    return disk.run(
        () -> {
          write(file(entry.pod().id(), REQUEST), entry.json(), true);
          try (var folder = FileChannel.open(directory, StandardOpenOption.READ)) {
            folder.force(true); // the new name, too
          }
          return null;
        });
  }

  /** Keeps the result beside the request, if there is one. */
  Future<Void> keepResult(Entry entry) {
    return disk.run(
        () -> {
          if (entry.result().isPresent()) {
            write(file(entry.pod().id(), RESULT), entry.result().get(), false);
          }
          return null;
        });
  }

  /**
   * What was kept of a pod.
   *
   * @param instead the chain to detach by if the request has become unreadable: an address is freed
   *     by the pod's id alone
   */
  Future<Optional<Entry>> find(SandboxId id, Optional<Chain> instead) {
    return disk.run(
        () -> {
          try {
            var request = Files.readAllBytes(file(id, REQUEST));
            return Optional.of(parsed(id, request, instead));
          } catch (NoSuchFileException _) {
            return Optional.empty();
          }
        });
  }

  Future<Void> forget(SandboxId id) {
    return disk.run(
        () -> {
          Files.deleteIfExists(file(id, RESULT));
          Files.deleteIfExists(file(id, REQUEST));
          return null;
        });
  }

  /** The pods of which a request is kept. */
  Future<List<SandboxId>> ids() {
    return disk.run(
        () ->
            names(REQUEST).stream()
                .filter(name -> name.matches("[0-9a-f]{64}"))
                .map(SandboxId::new)
                .toList());
  }

  private Entry parsed(SandboxId id, byte[] request, Optional<Chain> instead) throws IOException {
    try {
      var entry = Entry.of(id, CniJson.object(request));
      return result(id).map(entry::with).orElse(entry);
    } catch (RuntimeFault unreadable) {
      LOG.atWarn()
          .addKeyValue("sandboxId", id)
          .addKeyValue("error", unreadable.getMessage())
          .log("what a pod was attached by is unreadable; it is detached by what there is now");
      return new Entry(Parameters.bare(id), instead.orElse(Chain.NONE), Optional.empty());
    }
  }

  private Optional<ObjectNode> result(SandboxId id) throws IOException {
    try {
      return Optional.of(CniJson.object(Files.readAllBytes(file(id, RESULT))));
    } catch (NoSuchFileException | RuntimeFault _) {
      return Optional.empty(); // not all had attached, or a power cut took what was not synced
    }
  }

  private List<String> names(String suffix) throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(suffix))
          .map(name -> name.substring(0, name.length() - suffix.length()))
          .sorted()
          .toList();
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  private static void write(Path file, ObjectNode json, boolean durable) throws IOException {
    var unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
    var options =
        Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    // A configuration may hold the secrets of a plugin.
    try (var out = FileChannel.open(unfinished, options, mode("rw-------"))) {
      var bytes = ByteBuffer.wrap(CniJson.bytes(json));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      if (durable) {
        out.force(true);
      }
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path file(SandboxId id, String suffix) {
    return directory.resolve(id + suffix);
  }

  private static FileAttribute<?> mode(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }
}
