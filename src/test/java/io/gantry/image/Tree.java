package io.gantry.image;

import io.gantry.image.unpack.Xattr;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** A tree of files as text, to be compared with another. */
final class Tree {
  private Tree() {}

  /** Names, with all that a container can see of each file; the root's times excepted. */
  static Map<String, String> of(Path root) throws IOException {
    var found = new TreeMap<String, String>();
    try (var files = Files.walk(root)) {
      files
          .filter(file -> !file.equals(root))
          .forEach(file -> found.put(root.relativize(file).toString(), seen(file)));
    }
    return found;
  }

  /** Short texts as they are; of others, what tells them apart. */
  private static String shown(byte[] content) {
    return content.length < 100
        ? "'" + new String(content, StandardCharsets.ISO_8859_1) + "'"
        : TestImage.digest(content).value();
  }

  private static String seen(Path file) {
    try {
      var attributes =
          Files.readAttributes(
              file, "unix:mode,uid,gid,nlink,rdev,size", LinkOption.NOFOLLOW_LINKS);
      var directory = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
      var text = new StringBuilder();
      text.append(Integer.toOctalString((int) attributes.get("mode")));
      text.append(' ').append(attributes.get("uid")).append(':').append(attributes.get("gid"));
      text.append(" rdev ").append(attributes.get("rdev"));
      text.append(
          directory ? "" : " nlink " + attributes.get("nlink") + " size " + attributes.get("size"));
      text.append(" mtime ")
          .append(Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant());
      for (var name : Xattr.names(file)) {
        if (!name.startsWith("trusted.overlay.") && !name.startsWith("user.rootlesscontainers")) {
          text.append(' ')
              .append(name)
              .append('=')
              .append(HexFormat.of().formatHex(Xattr.get(file, name)));
        }
      }
      if (Files.isSymbolicLink(file)) {
        text.append(" -> ").append(Files.readSymbolicLink(file));
      } else if (Files.isRegularFile(file) && Files.size(file) < 100_000_000) {
        text.append(' ').append(shown(Files.readAllBytes(file)));
      }
      return text.toString();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
