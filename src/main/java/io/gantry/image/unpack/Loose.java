package io.gantry.image.unpack;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a layer leaves to those below it, which nobody knows while it is unpacked: the attributes of
 * directories that its archive only implies, and hard links to files that it does not have. Paths
 * have no links in them, and one character a byte.
 */
record Loose(List<String> directories, List<Link> links) {
  /** A name and what it is to be another name of. */
  record Link(String name, String target) {}

  private static final char DIRECTORY = 'd';
  private static final char LINK = 'l';

  Loose {
    directories = List.copyOf(directories);
    links = List.copyOf(links);
  }

  boolean isEmpty() {
    return directories.isEmpty() && links.isEmpty();
  }

  /** Writes all of it: each item is a letter and its paths, each with a NUL at its end. */
  void write(Path file) throws IOException {
    try (var out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (var directory : directories) {
        put(out, DIRECTORY + directory);
      }
      for (var link : links) {
        put(out, LINK + link.name());
        put(out, link.target());
      }
    }
  }

  private static void put(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.write(0);
  }

  /** Reads what {@link #write} has written. */
  static Loose read(Path file) throws IOException {
    var words = Files.readString(file, StandardCharsets.ISO_8859_1).split("\0", -1);
    var directories = new ArrayList<String>();
    var links = new ArrayList<Link>();
    for (var i = 0; i < words.length - 1; i++) {
      var path = words[i].substring(1);
      if (words[i].charAt(0) == DIRECTORY) {
        directories.add(path);
      } else {
        links.add(new Link(path, words[++i]));
      }
    }
    return new Loose(directories, links);
  }
}
