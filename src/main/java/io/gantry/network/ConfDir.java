package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The directory of network configurations. Its methods block.
 *
 * @param standard the network of a directory without any
 */
record ConfDir(Path directory, BinDirs binDirs, Supplier<Optional<Chain>> standard) {
  private static final Set<String> SUFFIXES = Set.of("conflist", "conf", "json");

  /**
   * What was there at one moment.
   *
   * @param chain the network to attach pods to
   * @param file where that was read; empty for the one of an empty directory
   * @param notReady why that would fail, or why there is none
   * @param skipped the files that are invalid, each with its reason
   */
  record Reading(
      Optional<Chain> chain, Optional<Path> file, Optional<String> notReady, List<String> skipped) {
    /** There is no network, for this reason. */
    static Reading none(String reason, List<String> skipped) {
      return new Reading(
          Optional.empty(),
          Optional.empty(),
          Optional.of("cni configuration: " + reason),
          List.copyOf(skipped));
    }

    Networks.Description description() {
      return new Networks.Description(
          chain.map(Chain::network).orElse(""),
          file.map(Path::toString).orElse(""),
          chain.map(Chain::cniVersion).orElse(""),
          chain.map(it -> it.plugins().stream().map(Chain::type).toList()).orElse(List.of()),
          skipped);
    }

    /** The same network, which cannot take pods. */
    Reading notReady(String reason) {
      return new Reading(chain, file, Optional.of(reason), skipped);
    }
  }

  /**
   * The first valid file, by name, is the network, as other runtimes have it. But while the file
   * that the network was read from is there and invalid, the network stays what it was: it is being
   * written, and no pod may end up in another network meanwhile.
   */
  Reading read(Reading before) throws IOException {
    var invalid = new ArrayList<String>();
    for (var file : files(directory, SUFFIXES)) {
      try {
        return reading(chain(file), Optional.of(file), invalid);
      } catch (RuntimeFault fault) {
        invalid.add(file.getFileName() + ": " + fault.getMessage());
        if (before.chain().isPresent() && before.file().equals(Optional.of(file))) {
          return reading(before.chain().get(), before.file(), invalid);
        }
      }
    }
    if (!invalid.isEmpty()) {
      return Reading.none(String.join("; ", invalid), invalid);
    }
    return standard
        .get()
        .map(chain -> reading(chain, Optional.empty(), List.of()))
        .orElseGet(
            () ->
                Reading.none(
                    "none in " + directory + " (expected: a .conflist, .conf or .json file)",
                    List.of()));
  }

  private Reading reading(Chain chain, Optional<Path> file, List<String> invalid) {
    return new Reading(Optional.of(chain), file, missingPlugin(chain), List.copyOf(invalid));
  }

  /** Tells one directory of this path from the next; empty if there is none. */
  Optional<Object> identity() throws IOException {
    try {
      var inode = Files.getAttribute(directory, "unix:ino");
      // Inode numbers are used again at once: the time of birth tells the two apart.
      return Optional.of(List.of(inode, Files.getAttribute(directory, "creationTime")));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  private Chain chain(Path file) {
    return Chain.parse(object(file), this::folder);
  }

  /** Plugins that a folder beside the file, named as the network, adds to the list (spec 1.1). */
  private List<ObjectNode> folder(String network) {
    try {
      return files(directory.resolve(network), Set.of("conf")).stream()
          .map(ConfDir::object)
          .toList();
    } catch (IOException unreadable) {
      throw RuntimeFault.invalid(network + ": " + unreadable);
    }
  }

  private Optional<String> missingPlugin(Chain chain) {
    try {
      chain.plugins().forEach(plugin -> binDirs.find(Chain.type(plugin)));
      return Optional.empty();
    } catch (RuntimeFault missing) {
      return Optional.ofNullable(missing.getMessage());
    }
  }

  private static ObjectNode object(Path file) {
    try (var in = Files.newInputStream(file)) {
      var text = in.readNBytes(CniJson.BYTES_MAX + 1);
      if (text.length > CniJson.BYTES_MAX) {
        throw RuntimeFault.invalid("size: over " + CniJson.BYTES_MAX + " bytes (expected: less)");
      }
      return CniJson.object(text);
    } catch (IOException unreadable) {
      throw RuntimeFault.invalid("unreadable: " + unreadable);
    }
  }

  private static List<Path> files(Path directory, Set<String> suffixes) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries
          .filter(file -> !file.getFileName().toString().startsWith(".")) // unfinished ones
          .filter(file -> suffixes.contains(suffix(file)) && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (NoSuchFileException | NotDirectoryException _) {
      return List.of();
    }
  }

  private static String suffix(Path file) {
    var name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
