package io.gantry.cdi;

import io.gantry.cdi.CdiDocument.ContainerEdits;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Devices by the files of folders. Each look lists the folders; a file is read again only if it is
 * not the one that was read before. So there is no moment in which a driver has written its file
 * and this node does not know, as there would be with a watch.
 */
final class FolderCdi implements Cdi {
  /** How many names an error gives; a node may have hundreds. */
  private static final int NAMES_MAX = 10;

  private final Disk disk;
  private final List<Path> folders;
  private final Map<Path, Read> reads = new ConcurrentHashMap<>();

  FolderCdi(Disk disk, List<Path> folders) {
    this.disk = disk;
    this.folders = List.copyOf(folders);
  }

  /** Tells one content of a path from the next. */
  private record Identity(Object inode, Object changed, long bytes) {
    static Identity of(Path file) throws IOException {
      return new Identity(
          Files.getAttribute(file, "unix:ino"),
          Files.getAttribute(file, "unix:ctime"),
          Files.size(file));
    }
  }

  /** A file, or what is wrong with it. */
  private record Read(Identity identity, Optional<CdiFile> file, String mistake) {}

  /** A device and where it is from. */
  private record Found(CdiFile file, ContainerEdits edits) {}

  /** What is there at one moment. */
  private record Look(Map<String, Found> devices, Map<String, String> mistakes) {}

  @Override
  public Future<Edits> resolve(List<String> devices) {
    return devices.isEmpty()
        ? Future.succeededFuture(Edits.NONE)
        : disk.run(() -> edits(look(), devices));
  }

  @Override
  public Future<Inventory> inventory() {
    return disk.run(
        () -> {
          var look = look();
          return new Inventory(List.copyOf(look.devices.keySet()), look.mistakes);
        });
  }

  private Edits edits(Look look, List<String> devices) throws IOException {
    var assembly = new Assembly();
    var files = new LinkedHashSet<CdiFile>();
    for (var text : devices) {
      var name = DeviceName.parse(text).toString();
      var found = look.devices.get(name);
      if (found == null) {
        throw missing(name, look);
      }
      try {
        if (files.add(found.file)) {
          assembly.add(found.file.common());
        }
        assembly.add(found.edits);
      } catch (RuntimeFault fault) {
        throw fault.during("cdi device " + name + " of " + found.file.path());
      }
    }
    return assembly.edits();
  }

  private RuntimeFault missing(String name, Look look) {
    var names = look.devices.keySet();
    var mistakes =
        look.mistakes.entrySet().stream()
            .map(it -> it.getKey() + ": " + it.getValue())
            .collect(Collectors.joining("; "));
    return RuntimeFault.precondition(
        "cdi device: '"
            + name
            + "' is in no file of "
            + folders.stream().map(Path::toString).collect(Collectors.joining(", "))
            + " (expected: "
            + (names.isEmpty()
                ? "a file of the device's vendor"
                : "one of "
                    + names.stream().limit(NAMES_MAX).collect(Collectors.joining(", "))
                    + (names.size() > NAMES_MAX ? ", …" : ""))
            + (mistakes.isEmpty() ? "" : "; but " + mistakes)
            + ")");
  }

  private Look look() throws IOException {
    var devices = new TreeMap<String, Found>();
    var mistakes = new TreeMap<String, String>();
    var seen = new ArrayList<Path>();
    for (var folder : folders) {
      var here = new HashMap<String, Found>();
      var twice = new LinkedHashSet<String>();
      for (var path : files(folder)) {
        seen.add(path);
        var read = read(path);
        if (read.file.isEmpty()) {
          mistakes.put(path.toString(), read.mistake);
          continue;
        }
        var file = read.file.get();
        file.devices()
            .forEach(
                (name, edits) -> {
                  var full = new DeviceName(file.kind(), name).toString();
                  var other = here.putIfAbsent(full, new Found(file, edits));
                  if (other != null) {
                    twice.add(full);
                    mistakes.put(
                        path.toString(), "device " + full + " is in " + other.file.path() + " too");
                  }
                });
      }
      devices.putAll(here);
      twice.forEach(devices::remove);
    }
    reads.keySet().retainAll(seen);
    return new Look(devices, mistakes);
  }

  /** Whatever is wrong with a file is wrong with that file alone. */
  private Read read(Path path) {
    try {
      if (!Files.isRegularFile(path)) { // opening a FIFO would wait for somebody to write
        return unread("no regular file (expected: one, or a link to one)");
      }
      var identity = Identity.of(path);
      var before = reads.get(path);
      if (before != null && before.identity.equals(identity)) {
        return before;
      }
      var read = read(path, identity);
      reads.put(path, read);
      return read;
    } catch (NoSuchFileException gone) {
      return unread("gone meanwhile");
    } catch (IOException unreadable) {
      return unread("not readable: " + unreadable.getMessage());
    }
  }

  private static Read unread(String mistake) {
    return new Read(new Identity(0, 0, 0), Optional.empty(), mistake);
  }

  private static Read read(Path path, Identity identity) throws IOException {
    try {
      return new Read(identity, Optional.of(CdiFile.read(path)), "");
    } catch (RuntimeFault mistake) {
      return new Read(identity, Optional.empty(), String.valueOf(mistake.getMessage()));
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries
          .filter(file -> !file.getFileName().toString().startsWith(".")) // unfinished ones
          .filter(file -> file.toString().matches(".*\\.(json|yaml|yml)"))
          .sorted()
          .toList();
    } catch (NoSuchFileException | NotDirectoryException none) {
      return List.of();
    }
  }
}
