package io.gantry.image.unpack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers on one another, looked at as overlayfs would show them, without a mount: a whiteout, an
 * opaque directory and whatever is no directory hide what is below them.
 */
final class Stack implements AutoCloseable {
  /**
   * Where something is.
   *
   * @param layer 0 for the topmost
   * @param parent the path of its directory
   */
  record Hit(int layer, String parent, String name) {}

  /** What looking in one layer says of those below it. */
  private enum Below {
    SHOWN,
    HIDDEN
  }

  private final Kernel kernel;
  private final List<Integer> roots = new ArrayList<>();

  /**
   * @param layers the topmost first
   */
  Stack(Kernel kernel, List<Path> layers) {
    this.kernel = kernel;
    for (var layer : layers) {
      roots.add(Failed.check(layer.toString(), "open layer", kernel.openOutside(layer.toString())));
    }
  }

  int root(int layer) {
    return roots.get(layer);
  }

  /**
   * The topmost places of {@code path}, from the layer {@code from} down; so many at most. An
   * opaque directory hides what others hold, not what they are.
   */
  List<Hit> find(String path, int from, int most) {
    var hits = new ArrayList<Hit>();
    for (var layer = from; layer < roots.size() && hits.size() < most; layer++) {
      if (look(layer, Names.components(path), hits) == Below.HIDDEN) {
        break;
      }
    }
    return hits;
  }

  private Below look(int layer, List<String> path, List<Hit> hits) {
    var below = Below.SHOWN;
    var here = root(layer);
    try {
      for (var i = 0; i < path.size(); i++) {
        var there = kernel.stat(here, path.get(i));
        if (there == Kernel.ENOENT) {
          return below;
        }
        Failed.check(Names.text(path), "look at", there);
        if (kernel.isWhiteout()) {
          return Below.HIDDEN;
        }
        var directory = kernel.type() == Kernel.S_IFDIR;
        if (i == path.size() - 1) {
          hits.add(new Hit(layer, Names.text(Names.parent(path)), path.getLast()));
        }
        if (!directory) {
          return Below.HIDDEN;
        }
        var next = Failed.check(Names.text(path), "open", kernel.openDirectory(here, path.get(i)));
        leave(layer, here);
        here = next;
        if (i < path.size() - 1 && kernel.isOpaque(here)) {
          below = Below.HIDDEN;
        }
      }
      return below;
    } finally {
      leave(layer, here);
    }
  }

  private void leave(int layer, int descriptor) {
    if (descriptor != root(layer)) {
      kernel.close(descriptor);
    }
  }

  @Override
  public void close() {
    roots.forEach(kernel::close);
  }
}
