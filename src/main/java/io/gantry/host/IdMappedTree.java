package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * A second view of a directory, in which the owners of its files are those ids of a user namespace
 * that they are on disk: what belongs to 0 belongs to the namespace's root (mount_setattr(2)).
 */
final class IdMappedTree {
  private static final long OPEN_TREE = 428;
  private static final long MOUNT_SETATTR = 442;
  private static final long AT_FDCWD = -100;
  private static final long AT_EMPTY_PATH = 0x1000;
  private static final long OPEN_TREE_CLONE = 1;
  private static final long MOUNT_ATTR_IDMAP = 0x100000;
  private static final long ATTRIBUTE_BYTES = 32;

  private IdMappedTree() {}

  /** Attaches the view of {@code source} at {@code target}, without what is mounted below it. */
  static void attach(Path source, Path userNamespace, Path target) throws IOException {
    var tree = open(source);
    try {
      var users = Descriptors.open(userNamespace, Descriptors.O_RDONLY);
      try {
        map(source, tree, users);
      } finally {
        Descriptors.close(users);
      }
      NewMount.attach("id-mapped " + source, tree, target);
    } finally {
      Descriptors.close(tree);
    }
  }

  private static int open(Path source) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(source.toString());
      var flags = OPEN_TREE_CLONE | Descriptors.O_CLOEXEC;
      // SAFETY: open_tree(int, const char *, unsigned int); the string outlives the call.
      return (int) Libc.syscall(source.toString(), OPEN_TREE, AT_FDCWD, path.address(), flags);
    }
  }

  private static void map(Path source, int tree, int users) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var empty = arena.allocateFrom("");
      // struct mount_attr: attr_set, attr_clr, propagation, userns_fd
      var attributes =
          arena.allocateFrom(JAVA_LONG, MOUNT_ATTR_IDMAP, 0, MountCalls.MS_PRIVATE, users);
      // SAFETY: mount_setattr(int, const char *, unsigned int, struct mount_attr *, size_t); the
      // structure has the size that is passed, and both outlive the call.
      Libc.syscall(
          "id-mapped " + source,
          MOUNT_SETATTR,
          tree,
          empty.address(),
          AT_EMPTY_PATH,
          attributes.address(),
          ATTRIBUTE_BYTES);
    }
  }
}
