package io.gantry.image.unpack;

import io.gantry.image.unpack.TarEntry.Time;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The directories of a layer. One is open at a time, because entries come in the order of the tree;
 * when it is left, its time of modification is put back to what it was before entries were made in
 * it. So no list of directories needs to be kept to the end.
 */
final class Directories implements AutoCloseable {
  static final String OPAQUE = "trusted.overlay.opaque";
  static final byte[] YES = "y".getBytes(StandardCharsets.US_ASCII);

  private static final int LINKS_MAX = 40;
  private static final int IMPLIED_MODE = 0755;

  private record Open(String path, int descriptor, Time mtime) {}

  private final Kernel kernel;
  private final int root;
  private final Made made;
  private Optional<Open> current = Optional.empty();

  /** Told of each directory that an entry only implied. */
  interface Made {
    /**
     * A directory.
     *
     * @param path without links
     * @param opaque whether it hides what lower layers have there
     */
    void directory(String path, boolean opaque);
  }

  Directories(Kernel kernel, int root, Made made) {
    this.kernel = kernel;
    this.root = root;
    this.made = made;
  }

  /** The directory, open until the next call here; it and its parents are made if need be. */
  int enter(List<String> path) {
    var text = Names.text(path);
    var here = current.filter(open -> open.path().equals(text));
    if (here.isPresent()) {
      return here.get().descriptor();
    }
    leave();
    var descriptor = kernel.openInRoot(root, text);
    return descriptor == Kernel.ENOENT || descriptor == Kernel.ENOTDIR
        ? remember(text, kernel.openInRoot(root, Names.text(make(path))))
        : remember(text, descriptor);
  }

  private int remember(String path, int descriptor) {
    Failed.check(path, "open directory", descriptor);
    current = Optional.of(new Open(path, descriptor, new Time(0, 0)));
    Failed.check(path, "look at directory", kernel.stat(descriptor));
    current = Optional.of(new Open(path, descriptor, kernel.mtime()));
    return descriptor;
  }

  /** Closes the open directory. Before anything changes what a path may lead to. */
  void leave() {
    var open = current;
    current = Optional.empty();
    if (open.isPresent()) {
      var restored = kernel.restore(open.get().descriptor(), open.get().mtime());
      kernel.close(open.get().descriptor());
      Failed.check(open.get().path(), "set times", restored);
    }
  }

  /**
   * Makes what is missing of {@code path}, following links as the kernel would inside the root:
   * also those that lead to where nothing is yet, such as {@code var/run} to {@code /run}.
   *
   * @return where it is, without links
   */
  private List<String> make(List<String> path) {
    var physical = new ArrayList<String>();
    Deque<String> todo = new ArrayDeque<>(path);
    var links = 0;
    while (!todo.isEmpty()) {
      var name = todo.pop();
      if (name.equals("..")) {
        if (!physical.isEmpty()) {
          physical.removeLast();
        }
        continue;
      }
      var parent = enterPhysical(physical);
      var there = kernel.stat(parent, name);
      if (there == 0 && kernel.type() == Kernel.S_IFLNK) {
        if (++links > LINKS_MAX) {
          throw Malformed.entry(Names.text(path), "too many links", LINKS_MAX + " at most");
        }
        follow(kernel.readlink(parent, name), physical, todo);
      } else {
        physical.add(name);
        settle(physical, parent, name, there);
      }
    }
    leave();
    return physical;
  }

  private int enterPhysical(List<String> physical) {
    var text = Names.text(physical);
    var here = current.filter(open -> open.path().equals(text));
    if (here.isPresent()) {
      return here.get().descriptor();
    }
    leave();
    return remember(text, kernel.openInRoot(root, text));
  }

  private static void follow(String target, List<String> physical, Deque<String> todo) {
    if (target.startsWith("/")) {
      physical.clear();
    }
    var components = Names.components(target);
    for (var i = components.size() - 1; i >= 0; i--) {
      todo.push(components.get(i));
    }
  }

  /** Sees to it that {@code name} is a directory; {@code there} is what looking at it gave. */
  private void settle(List<String> path, int parent, String name, int there) {
    if (there == 0 && kernel.type() == Kernel.S_IFDIR) {
      return;
    }
    var text = Names.text(path);
    var deleted = there == 0 && kernel.isWhiteout();
    if (deleted) {
      Failed.check(text, "replace whiteout", kernel.unlink(parent, name));
    } else if (there != Kernel.ENOENT) {
      Failed.check(text, "look at parent", there);
      throw Malformed.entry(text, "a parent that is not a directory", "a directory");
    }
    Failed.check(text, "make parent", kernel.mkdir(parent, name, 0700));
    var descriptor = Failed.check(text, "open parent", kernel.openDirectory(parent, name));
    try {
      // The group would be inherited from a parent with the set-group-ID bit.
      Failed.check(text, "set owner", kernel.chown(descriptor, 0, 0));
      Failed.check(text, "set mode", kernel.chmod(descriptor, IMPLIED_MODE));
      if (deleted) { // what the whiteout hid stays hidden
        Failed.check(text, "mark opaque", kernel.setxattr(descriptor, OPAQUE, YES));
      }
    } finally {
      kernel.close(descriptor);
    }
    made.directory(text, deleted);
  }

  @Override
  public void close() {
    leave();
  }
}
