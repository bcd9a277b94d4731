package io.gantry.host;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies a tree with owners, modes, times, extended attributes, hard links and devices. Links are
 * copied and never followed. Nobody may change the tree meanwhile.
 */
final class TreeCopy extends SimpleFileVisitor<Path> {
  private final Path from;
  private final Path to;

  /** The first copy of each file that has more than one name, by its key. */
  private final Map<Object, Path> linked = new HashMap<>();

  private TreeCopy(Path from, Path to) {
    this.from = from;
    this.to = to;
  }

  /** {@code to} does not exist. */
  static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(from, new TreeCopy(from, to));
  }

  /**
   * What {@code inner} is inside {@code root}; an empty directory of root's if nothing is there.
   *
   * @return where it is, or would be, as a path inside the root
   */
  static Path within(Path root, String inner, Path to) throws IOException {
    var place = InRoot.place(root, inner);
    if (place.exists()) {
      copy(root.resolve(place.path().toString().substring(1)), to);
    } else {
      Files.createDirectory(to);
      Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return place.path();
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
      throws IOException {
    copyOne(directory);
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
    if ((int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1) {
      copyOne(file);
      return FileVisitResult.CONTINUE;
    }
    var first = linked.putIfAbsent(attributes.fileKey(), target(file));
    if (first == null) {
      copyOne(file);
    } else {
      Files.createLink(target(file), first);
    }
    return FileVisitResult.CONTINUE;
  }

  /** Once nothing more is made in it. */
  @Override
  public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
      throws IOException {
    if (failure != null) {
      throw failure;
    }
    Files.setLastModifiedTime(target(directory), Files.getLastModifiedTime(directory));
    return FileVisitResult.CONTINUE;
  }

  private void copyOne(Path file) throws IOException {
    Files.copy(file, target(file), StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
  }

  private Path target(Path file) {
    return to.resolve(from.relativize(file));
  }
}
