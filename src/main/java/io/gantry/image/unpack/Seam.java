package io.gantry.image.unpack;

import io.gantry.image.unpack.Stack.Hit;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What goes between a layer and those above it, so that it fits those below: directories that it
 * only implied, with the attributes that lower layers gave them, and files of lower layers that it
 * links to, under both names. See decision 0013.
 */
final class Seam implements AutoCloseable {
  private static final int BLOCK = 4096;

  private final Kernel kernel = new Kernel();
  private final Stack stack;
  private final int target;
  private final Set<String> implied;

  /** Directories made here, and where their attributes come from: given when all is in them. */
  private final Map<String, Optional<Hit>> made = new LinkedHashMap<>();

  private long bytes = BLOCK;
  private long inodes = 1;

  /**
   * @param layers the layer itself first, then those below it
   */
  Seam(Loose loose, List<Path> layers, Path target) {
    this.stack = new Stack(kernel, layers);
    this.target = Failed.check(target.toString(), "open", kernel.openOutside(target.toString()));
    this.implied = new HashSet<>(loose.directories());
  }

  /** Fills the target; empty if the layer fits as it is. */
  static Optional<Unpacked> make(Loose loose, List<Path> layers, Path target) {
    try (var seam = new Seam(loose, layers, target)) {
      loose.directories().stream()
          .filter(path -> seam.below(path).isPresent())
          .forEach(seam::enter);
      loose.links().forEach(seam::link);
      seam.finish();
      return seam.inodes == 1
          ? Optional.empty()
          : Optional.of(new Unpacked(seam.bytes, seam.inodes, false, false));
    }
  }

  /** The directory that lower layers have under the name of an implied one. */
  private Optional<Hit> below(String path) {
    var hits = stack.find(path, 0, 2);
    return hits.size() == 2 && isDirectory(hits.get(1))
        ? Optional.of(hits.get(1))
        : Optional.empty();
  }

  private boolean isDirectory(Hit hit) {
    return type(hit) == Kernel.S_IFDIR;
  }

  private int type(Hit hit) {
    return within(
        hit,
        parent -> {
          Failed.check(hit.name(), "look at", kernel.stat(parent, hit.name()));
          return kernel.type();
        });
  }

  private interface Work<T> {
    T on(int parent);
  }

  private <T> T within(Hit hit, Work<T> work) {
    var parent =
        Failed.check(
            hit.parent(), "open", kernel.openInRoot(stack.root(hit.layer()), hit.parent()));
    try {
      return work.on(parent);
    } finally {
      kernel.close(parent);
    }
  }

  /** Makes the directory {@code path} here, and those above it; the caller closes it. */
  private int open(String path) {
    enter(path);
    return Failed.check(path, "open", kernel.openInRoot(target, path));
  }

  private void enter(String path) {
    var prefix = new StringBuilder();
    for (var name : Names.components(path)) {
      var parent = prefix.toString();
      prefix.append(parent.isEmpty() ? "" : "/").append(name);
      if (!made.containsKey(prefix.toString())) {
        make(parent, name, prefix.toString());
      }
    }
  }

  private void make(String parent, String name, String path) {
    var descriptor = Failed.check(path, "open", kernel.openInRoot(target, parent));
    try {
      Failed.check(path, "make directory", kernel.mkdir(descriptor, name, 0700));
    } finally {
      kernel.close(descriptor);
    }
    var seen = stack.find(path, 0, 1).stream().findFirst();
    made.put(path, implied.contains(path) ? below(path).or(() -> seen) : seen);
    bytes += BLOCK;
    inodes++;
  }

  private void link(Loose.Link link) {
    var name = Names.components(link.name());
    var parent = open(Names.text(Names.parent(name)));
    try {
      source(link, Names.components(link.target()), parent, name.getLast());
    } finally {
      kernel.close(parent);
    }
  }

  private void source(Loose.Link link, List<String> of, int parent, String name) {
    var here = kernel.openInRoot(target, Names.text(Names.parent(of)));
    var known = here >= 0 && kernel.stat(here, of.getLast()) == 0;
    if (here >= 0) {
      if (known) {
        Failed.check(link.name(), "link", kernel.link(here, of.getLast(), parent, name));
      }
      kernel.close(here);
    }
    if (!known) {
      copied(link, of, parent, name);
    }
  }

  /** Under both names if the target is still what lower layers have; else under the new one. */
  private void copied(Loose.Link link, List<String> of, int parent, String name) {
    var shown = stack.find(link.target(), 0, 1).stream().findFirst();
    if (shown.isPresent() && shown.get().layer() > 0) {
      var directory = open(Names.text(Names.parent(of)));
      try {
        copy(shown.get(), directory, of.getLast());
        Failed.check(link.name(), "link", kernel.link(directory, of.getLast(), parent, name));
      } finally {
        kernel.close(directory);
      }
      return;
    }
    var below = stack.find(link.target(), 1, 1).stream().findFirst().or(() -> shown);
    copy(
        below.orElseThrow(
            () ->
                Malformed.entry(
                    link.name(),
                    "a hard link to '" + Malformed.shown(link.target()) + "', which is not there",
                    "a file of this layer or of one below")),
        parent,
        name);
  }

  private void copy(Hit from, int parent, String name) {
    within(
        from,
        source -> {
          bytes += FileCopy.of(kernel, source, from.name(), parent, name);
          return inodes++;
        });
  }

  /** The deepest first: what is made in a directory changes its time. */
  private void finish() {
    for (var entry : made.entrySet().stream().toList().reversed()) {
      var path = entry.getKey();
      entry
          .getValue()
          .ifPresent(
              hit ->
                  within(
                      hit,
                      source -> {
                        var parts = Names.components(path);
                        var parent =
                            Failed.check(
                                path,
                                "open",
                                kernel.openInRoot(target, Names.text(Names.parent(parts))));
                        try {
                          FileCopy.describe(kernel, source, hit.name(), parent, parts.getLast());
                        } finally {
                          kernel.close(parent);
                        }
                        return path;
                      }));
    }
  }

  @Override
  public void close() {
    try (kernel) {
      try (stack) {
        kernel.close(target);
      }
    }
  }
}
