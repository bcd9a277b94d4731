package io.gantry.image.unpack;

import java.util.List;

/** A file as it is in one place, made in another: content with its holes, and all attributes. */
final class FileCopy {
  private FileCopy() {}

  /**
   * Copies what {@code name} is in {@code from}.
   *
   * @return the bytes its content takes, in whole blocks
   */
  static long of(Kernel kernel, int from, String name, int to, String as) {
    Failed.check(name, "look at", kernel.stat(from, name));
    long bytes = 0;
    switch (kernel.type()) {
      case Kernel.S_IFREG -> bytes = content(kernel, from, name, to, as);
      case Kernel.S_IFLNK ->
          Failed.check(name, "make link", kernel.symlink(kernel.readlink(from, name), to, as));
      case Kernel.S_IFDIR -> throw Malformed.entry(name, "a hard link to a directory", "to a file");
      default -> {
        var device = kernel.device();
        Failed.check(
            name,
            "make node",
            kernel.mknod(to, as, kernel.type() | 0600, device.major(), device.minor()));
      }
    }
    describe(kernel, from, name, to, as);
    return bytes;
  }

  private static long content(Kernel kernel, int from, String name, int to, String as) {
    var source = Failed.check(name, "open", kernel.openFile(from, name));
    try {
      var copy = Failed.check(name, "create", kernel.create(to, as));
      try {
        Failed.check(name, "look at", kernel.stat(source));
        var size = kernel.size();
        Failed.check(name, "extend", kernel.truncate(copy, size));
        return kernel.copy(name, source, copy, size);
      } finally {
        kernel.close(copy);
      }
    } finally {
      kernel.close(source);
    }
  }

  /** Owner, mode, attributes and time; in this order, as each can undo the one before. */
  static void describe(Kernel kernel, int from, String name, int to, String as) {
    Failed.check(name, "look at", kernel.stat(from, name));
    var mode = kernel.mode();
    var link = kernel.type() == Kernel.S_IFLNK;
    var mtime = kernel.mtime();
    Failed.check(name, "set owner", kernel.chown(to, as, kernel.uid(), kernel.gid()));
    if (!link) {
      Failed.check(name, "set mode", kernel.chmod(to, as, mode));
    }
    for (var attribute : attributes(kernel, from, name)) {
      var value = kernel.getxattr(from, name, attribute);
      if (value.isPresent()) {
        Failed.check(name, "set attribute", kernel.setxattr(to, as, attribute, value.get()));
      }
    }
    Failed.check(name, "set times", kernel.touch(to, as, mtime));
  }

  private static List<String> attributes(Kernel kernel, int from, String name) {
    return kernel.listxattr(from, name).stream().filter(Xattrs::wanted).toList();
  }
}
