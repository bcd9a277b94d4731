package io.gantry.host;

import io.gantry.host.Mounts.Mount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** /proc/…/mountinfo, line by line (proc(5)). */
final class MountTable {
  private static final int ROOT = 3;
  private static final int TARGET = 4;
  private static final int OPTIONS = 5;
  private static final int OPTIONAL = 6;

  /** A line, with the part of the file system that is mounted. */
  record Line(Mount mount, String device, String root, List<String> superOptions) {}

  private MountTable() {}

  /** The mounts that the calling thread sees, in the order of the table. */
  static List<Mount> ofThisThread() throws IOException {
    return lines().stream().map(Line::mount).toList();
  }

  static List<Line> lines() throws IOException {
    var table = Files.readAllBytes(Path.of("/proc/thread-self/mountinfo"));
    return parse(new String(table, StandardCharsets.UTF_8).lines());
  }

  /** The file system that {@code path} is on. */
  static FileSystemSpace space(Path path) throws IOException {
    var sizes = FileCalls.sizes(path);
    return new FileSystemSpace(
        at(path).source(), sizes.bytes(), sizes.bytesFree(), sizes.inodes(), sizes.inodesFree());
  }

  /** Of the mounts above {@code path}, the deepest, and the last. */
  static Mount at(Path path) throws IOException {
    var real = path.toRealPath();
    var found = new Mount(Path.of("/"), "", "", "", List.of());
    for (var line : lines()) {
      var target = line.mount().target();
      if (real.startsWith(target) && target.getNameCount() >= found.target().getNameCount()) {
        found = line.mount();
      }
    }
    return found;
  }

  static List<Line> parse(Stream<String> table) {
    return table.map(MountTable::parse).flatMap(Optional::stream).toList();
  }

  /** Empty for a mount whose name this JVM's encoding cannot express: it is none of ours. */
  private static Optional<Line> parse(String line) {
    var fields = line.split(" ");
    var dash = Arrays.asList(fields).indexOf("-");
    try {
      var mount =
          new Mount(
              Path.of(plain(fields[TARGET])),
              fields[dash + 1],
              plain(fields[dash + 2]),
              plain(fields[OPTIONS] + "," + superOptions(fields, dash)),
              List.of(fields).subList(OPTIONAL, dash));
      return Optional.of(
          new Line(
              mount,
              fields[2],
              plain(fields[ROOT]),
              List.of(superOptions(fields, dash).split(","))));
    } catch (InvalidPathException unspeakable) {
      return Optional.empty();
    }
  }

  private static String superOptions(String[] fields, int dash) {
    return fields.length > dash + 3 ? fields[dash + 3] : "";
  }

  /** Space, tab, newline and backslash stand as three octal digits behind a backslash. */
  static String plain(String escaped) {
    if (escaped.indexOf('\\') < 0) {
      return escaped;
    }
    var plain = new StringBuilder(escaped.length());
    for (var i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) == '\\' && isOctal(escaped, i + 1)) {
        plain.append((char) Integer.parseInt(escaped.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(escaped.charAt(i));
      }
    }
    return plain.toString();
  }

  private static boolean isOctal(String text, int at) {
    return text.length() >= at + 3
        && text.substring(at, at + 3).chars().allMatch(digit -> digit >= '0' && digit <= '7');
  }
}
