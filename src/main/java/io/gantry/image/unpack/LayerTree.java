package io.gantry.image.unpack;

import io.gantry.image.unpack.TarEntry.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Entries of a layer, as files in overlayfs's form: a deletion is a character device 0/0, a
 * directory that hides what is below it has an attribute. An entry replaces an earlier one of the
 * same name, unless both are directories.
 */
final class LayerTree implements AutoCloseable {
  private static final String WHITEOUT = ".wh.";

  /** The names of AUFS's own files begin so; only one of them means something elsewhere. */
  private static final String AUFS = ".wh..wh.";

  private static final String OPAQUE_MARK = ".wh..wh..opq";
  private static final int BLOCK = 4096;
  private static final long ID_MAX = 0xfffffffeL; // one more is chown's "leave it as it is"

  private final Kernel kernel = new Kernel();
  private final int root;
  private final int aside;
  private final Directories directories;
  private final byte[] buffer = new byte[Kernel.DATA_BYTES];
  private final LooseEnds loose = new LooseEnds();
  private long replaced;
  private long bytes = BLOCK;
  private long inodes = 1;
  private boolean opaque;

  LayerTree(Path target, Path aside) {
    var opened = kernel.openOutside(target.toString());
    var other = kernel.openOutside(aside.toString());
    if (opened < 0 || other < 0) {
      kernel.close();
      throw new IllegalArgumentException(target + " and " + aside + " must be directories");
    }
    this.root = opened;
    this.aside = other;
    this.directories = new Directories(kernel, root, this::implied);
  }

  /** What the files take, in whole blocks. */
  long bytes() {
    return bytes;
  }

  long inodes() {
    return inodes;
  }

  /** Whether the layer hides all that is below it. Overlayfs does not look for that mark. */
  boolean opaque() {
    return opaque;
  }

  /** What it leaves to lower layers. */
  Loose loose() {
    return loose.all();
  }

  private void implied(String path, boolean hides) {
    countDirectory();
    if (!hides) {
      loose.implied(path);
    }
  }

  /** Makes what {@code entry} describes; {@code data} is at its content. */
  void apply(TarEntry entry, TarReader data) throws IOException {
    var path = Names.of(entry.name());
    checkOwner(entry);
    if (path.isEmpty()) {
      describeRoot(entry);
      return;
    }
    var name = path.getLast();
    if (name.equals(OPAQUE_MARK)) {
      markOpaque(Names.parent(path));
    } else if (path.stream().anyMatch(part -> part.startsWith(AUFS))) {
      return; // AUFS's book-keeping, for nobody else
    } else if (name.startsWith(WHITEOUT)) {
      hide(entry, directories.enter(Names.parent(path)), name.substring(WHITEOUT.length()));
    } else {
      var parent = directories.enter(Names.parent(path));
      if (!loose.isEmpty()) {
        loose.described(physical(path, parent));
      }
      make(entry, parent, name, data);
    }
  }

  private static void checkOwner(TarEntry entry) {
    if (entry.uid() < 0 || entry.uid() > ID_MAX || entry.gid() < 0 || entry.gid() > ID_MAX) {
      throw Malformed.entry(
          entry.name(), "owner " + entry.uid() + ":" + entry.gid(), "0 to " + ID_MAX);
    }
  }

  private void describeRoot(TarEntry entry) {
    if (entry.type() != TarEntry.Type.DIRECTORY) {
      throw Malformed.entry(entry.name(), "the root as a " + entry.type(), "a directory");
    }
    directories.leave();
    describe(entry, root);
  }

  private void markOpaque(List<String> path) {
    if (path.isEmpty()) {
      opaque = true;
      return;
    }
    var descriptor = directories.enter(path);
    check(path.getLast(), "mark opaque", setOpaque(descriptor));
  }

  private int setOpaque(int descriptor) {
    return kernel.setxattr(descriptor, Directories.OPAQUE, Directories.YES);
  }

  /** A deletion is of what lower layers have: what this layer has itself, stays. */
  private void hide(TarEntry entry, int parent, String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw Malformed.entry(entry.name(), "a deletion of '" + name + "'", "a name");
    }
    var made = kernel.mknod(parent, name, Kernel.S_IFCHR, 0, 0);
    if (made != Kernel.EEXIST) {
      check(entry.name(), "make whiteout", made);
      inodes++;
      return;
    }
    check(entry.name(), "look at", kernel.stat(parent, name));
    if (kernel.type() == Kernel.S_IFDIR) {
      markOpaque(entry, parent, name);
    }
  }

  private void markOpaque(TarEntry entry, int parent, String name) {
    check(
        entry.name(),
        "mark opaque",
        kernel.setxattr(parent, name, Directories.OPAQUE, Directories.YES));
  }

  /** The path without the links that led there. */
  private String physical(List<String> path, int parent) {
    var top = kernel.path(root);
    var there = kernel.path(parent);
    if (top.isEmpty() || !there.startsWith(top)) {
      return Names.text(path);
    }
    var below = there.substring(top.length()).replaceFirst("^/", "");
    return below.isEmpty() ? path.getLast() : below + "/" + path.getLast();
  }

  private void make(TarEntry entry, int parent, String name, TarReader data) throws IOException {
    switch (entry.type()) {
      case DIRECTORY -> makeDirectory(entry, parent, name);
      case FILE -> makeFile(entry, parent, name, data);
      case HARD_LINK -> makeLink(entry, parent, name);
      case SYMBOLIC_LINK -> makeSymbolicLink(entry, parent, name);
      case CHARACTER_DEVICE -> makeNode(entry, parent, name, Kernel.S_IFCHR);
      case BLOCK_DEVICE -> makeNode(entry, parent, name, Kernel.S_IFBLK);
      case FIFO -> makeNode(entry, parent, name, Kernel.S_IFIFO);
    }
  }

  private void makeDirectory(TarEntry entry, int parent, String name) {
    var made = kernel.mkdir(parent, name, 0700);
    if (made == Kernel.EEXIST) {
      check(entry.name(), "look at", kernel.stat(parent, name));
      if (kernel.type() != Kernel.S_IFDIR) {
        // What was here hid what is below it, and must go on to.
        moveAside(entry, parent, name);
        check(entry.name(), "make directory", kernel.mkdir(parent, name, 0700));
        countDirectory();
        markOpaque(entry, parent, name);
      }
    } else {
      check(entry.name(), "make directory", made);
      countDirectory();
    }
    var descriptor = check(entry.name(), "open directory", kernel.openDirectory(parent, name));
    try {
      describe(entry, descriptor);
    } finally {
      kernel.close(descriptor);
    }
  }

  private void makeFile(TarEntry entry, int parent, String name, TarReader data)
      throws IOException {
    var descriptor = kernel.create(parent, name);
    if (descriptor == Kernel.EEXIST) {
      moveAside(entry, parent, name);
      descriptor = kernel.create(parent, name);
    }
    check(entry.name(), "create", descriptor);
    try {
      fill(entry, descriptor, data);
      describe(entry, descriptor);
    } finally {
      kernel.close(descriptor);
    }
    inodes++;
    bytes += (entry.size() + BLOCK - 1) / BLOCK * BLOCK;
  }

  private void fill(TarEntry entry, int descriptor, TarReader data) throws IOException {
    long end = 0;
    for (var segment : entry.segments()) {
      copy(entry, descriptor, segment, data);
      // GNU tar marks a hole at the end by a segment of nothing: that extends no file.
      end = segment.length() == 0 ? end : segment.offset() + segment.length();
    }
    if (end < entry.length()) {
      check(entry.name(), "extend", kernel.truncate(descriptor, entry.length()));
    }
  }

  private void copy(TarEntry entry, int descriptor, Segment segment, TarReader data)
      throws IOException {
    for (long done = 0; done < segment.length(); ) {
      var count = data.read(buffer, (int) Math.min(buffer.length, segment.length() - done));
      check(
          entry.name(), "write", kernel.write(descriptor, buffer, count, segment.offset() + done));
      done += count;
    }
  }

  private void makeLink(TarEntry entry, int parent, String name) {
    var source = Names.of(entry.link());
    if (source.isEmpty()) {
      throw Malformed.entry(entry.name(), "a hard link to the root", "to a file");
    }
    var sourceText = Names.text(Names.parent(source));
    var sourceParent = kernel.openInRoot(root, sourceText);
    if (sourceParent == Kernel.ENOENT) {
      leaveLink(entry, source, parent, name);
      return;
    }
    check(entry.name(), "hard link to " + Malformed.shown(entry.link()), sourceParent);
    try {
      var made = kernel.link(sourceParent, source.getLast(), parent, name);
      if (made == Kernel.ENOENT) {
        leaveLink(entry, source, parent, name);
      } else if (made == Kernel.EEXIST) {
        relink(entry, sourceParent, source.getLast(), parent, name);
      } else {
        check(entry.name(), "hard link to " + Malformed.shown(entry.link()), made);
      }
    } finally {
      kernel.close(sourceParent);
    }
  }

  /** To a file that a lower layer has, or none. */
  private void leaveLink(TarEntry entry, List<String> source, int parent, String name) {
    if (kernel.stat(parent, name) == 0) {
      moveAside(entry, parent, name);
    }
    loose.link(physical(Names.of(entry.name()), parent), Names.text(source));
  }

  /** Moved aside only once there is what takes its place: a link to itself leaves it alone. */
  private void relink(TarEntry entry, int sourceParent, String source, int parent, String name) {
    var spare = "link" + replaced++;
    check(entry.name(), "hard link", kernel.link(sourceParent, source, aside, spare));
    moveAside(entry, parent, name);
    check(entry.name(), "hard link", kernel.rename(aside, spare, parent, name));
  }

  private void makeSymbolicLink(TarEntry entry, int parent, String name) {
    if (entry.link().isEmpty() || entry.link().length() >= Kernel.NAME_BYTES_MAX) {
      throw Malformed.entry(
          entry.name(), "a link to " + entry.link().length() + " bytes", "1 to 4095");
    }
    var made = kernel.symlink(entry.link(), parent, name);
    if (made == Kernel.EEXIST) {
      moveAside(entry, parent, name);
      made = kernel.symlink(entry.link(), parent, name);
    }
    check(entry.name(), "make link", made);
    describe(entry, parent, name);
    inodes++;
  }

  private void makeNode(TarEntry entry, int parent, String name, int type) {
    var major = entry.device().major();
    var minor = entry.device().minor();
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
      throw Malformed.entry(entry.name(), "device " + major + ":" + minor, "12 and 20 bits");
    }
    var made = kernel.mknod(parent, name, type | 0600, major, minor);
    if (made == Kernel.EEXIST) {
      moveAside(entry, parent, name);
      made = kernel.mknod(parent, name, type | 0600, major, minor);
    }
    check(entry.name(), "make node", made);
    describe(entry, parent, name);
    inodes++;
  }

  /** Out of the layer, to be deleted with what else is there. */
  private void moveAside(TarEntry entry, int parent, String name) {
    check(entry.name(), "replace", kernel.rename(parent, name, aside, "replaced" + replaced++));
  }

  /** The mode comes after the owner, whose change clears set-user-ID; attributes after both. */
  private void describe(TarEntry entry, int descriptor) {
    check(entry.name(), "set owner", kernel.chown(descriptor, entry.uid(), entry.gid()));
    check(entry.name(), "set mode", kernel.chmod(descriptor, entry.mode()));
    for (var attribute : entry.xattrs().entrySet()) {
      if (Xattrs.wanted(attribute.getKey())) {
        set(
            entry,
            attribute,
            kernel.setxattr(descriptor, attribute.getKey(), attribute.getValue()));
      }
    }
    check(entry.name(), "set times", kernel.touch(descriptor, entry.mtime()));
  }

  private void describe(TarEntry entry, int parent, String name) {
    check(entry.name(), "set owner", kernel.chown(parent, name, entry.uid(), entry.gid()));
    if (entry.type() != TarEntry.Type.SYMBOLIC_LINK) {
      check(entry.name(), "set mode", kernel.chmod(parent, name, entry.mode()));
    }
    for (var attribute : entry.xattrs().entrySet()) {
      if (Xattrs.wanted(attribute.getKey())) {
        set(
            entry,
            attribute,
            kernel.setxattr(parent, name, attribute.getKey(), attribute.getValue()));
      }
    }
    check(entry.name(), "set times", kernel.touch(parent, name, entry.mtime()));
  }

  /** A file system without such attributes keeps the file without them, as others do. */
  private static void set(TarEntry entry, Map.Entry<String, byte[]> attribute, int result) {
    if (result != Kernel.EOPNOTSUPP) {
      check(entry.name(), "set attribute " + Malformed.shown(attribute.getKey()), result);
    }
  }

  private void countDirectory() {
    inodes++;
    bytes += BLOCK;
  }

  private static int check(String name, String what, int result) {
    return Failed.check(name, what, result);
  }

  @Override
  public void close() {
    try (kernel) {
      try {
        directories.close();
      } finally {
        kernel.close(root);
        kernel.close(aside);
      }
    }
  }
}
