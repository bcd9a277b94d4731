package io.gantry.host;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Deletes a tree that a container may have written: in bounded memory, with one open directory and
 * short paths, however deep it is. Directories found inside are moved up beside the tree's own
 * children, and so each is emptied at the first level. Links are deleted, never followed.
 */
final class TreeRemoval {
  private final Path tree;
  private long moved;

  private TreeRemoval(Path tree) {
    this.tree = tree;
  }

  static void delete(Path tree) throws IOException {
    if (!Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(tree);
      return;
    }
    new TreeRemoval(tree).run();
  }

  private void run() throws IOException {
    while (true) {
      try (var children = Files.newDirectoryStream(tree)) {
        for (var child : children) {
          if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
            emptyOut(child);
          }
          Files.deleteIfExists(child);
        }
      }
      try {
        Files.deleteIfExists(tree);
        return;
      } catch (DirectoryNotEmptyException _) {
        // What was moved up is next.
      }
    }
  }

  private void emptyOut(Path directory) throws IOException {
    try (var children = Files.newDirectoryStream(directory)) {
      for (var child : children) {
        if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
          Files.move(child, freeName());
        } else {
          Files.deleteIfExists(child);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      // Somebody else deletes the same tree.
    }
  }

  private Path freeName() {
    Path name;
    do {
      name = tree.resolve(".gantry-removal-" + moved++);
    } while (Files.exists(name, LinkOption.NOFOLLOW_LINKS));
    return name;
  }
}
