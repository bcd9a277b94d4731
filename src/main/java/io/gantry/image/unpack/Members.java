package io.gantry.image.unpack;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the files of an archive are in it. Read by the same reader as layers, with its caps;
 * nothing is unpacked. Blocks.
 */
public final class Members {
  private static final int COUNT_MAX = 100_000;
  private static final int BUFFER_BYTES = 64 * 1024;

  /** A member's data: its first byte and its length. */
  public record Member(long offset, long size) {}

  private Members() {}

  /**
   * The files of a plain archive by name, without {@code ./}; the last one of a name counts. A link
   * to a file of the archive is that file. Nothing else is given.
   */
  public static Map<String, Member> of(Path archive) throws IOException {
    var members = new HashMap<String, Member>();
    var links = new HashMap<String, String>();
    var length = Files.size(archive);
    try (var in =
        new Counted(new BufferedInputStream(Files.newInputStream(archive), BUFFER_BYTES))) {
      var reader = new TarReader(in);
      var count = 0;
      for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        if (++count > COUNT_MAX) {
          throw Malformed.layer("archive of more than " + COUNT_MAX + " members", "at most that");
        }
        note(entry.get(), in.at, length, members, links);
      }
    }
    links.forEach(
        (name, target) ->
            Optional.ofNullable(members.get(target))
                .ifPresent(member -> members.putIfAbsent(name, member)));
    return members;
  }

  private static void note(
      TarEntry entry,
      long at,
      long length,
      Map<String, Member> members,
      Map<String, String> links) {
    var path = Names.of(entry.name());
    var name = Names.text(path);
    switch (entry.type()) {
      case FILE -> {
        if (at + entry.size() > length) {
          throw Malformed.entry(entry.name(), "beyond the end", "all of it");
        }
        members.put(name, new Member(at, entry.size()));
      }
      case HARD_LINK -> links.put(name, Names.text(Names.components(entry.link())));
      case SYMBOLIC_LINK -> links.put(name, beside(path, entry.link()));
      default -> {} // nothing that an image is made of
    }
  }

  /** What a link means, seen from where it is; what leads out of the archive is in no list. */
  private static String beside(List<String> link, String target) {
    var path = new ArrayList<>(Names.parent(link));
    for (var part : Names.components(target)) {
      if (!part.equals("..")) {
        path.add(part);
      } else if (!path.isEmpty()) {
        path.removeLast();
      }
    }
    return Names.text(path);
  }

  /**
   * Writes what an archive is when its compression is undone; {@code bytesMax} of it at most. False
   * if it is not compressed: then nothing is written.
   */
  public static boolean plain(Path archive, Path into, long bytesMax) throws IOException {
    try (var in = new BufferedInputStream(Files.newInputStream(archive), BUFFER_BYTES);
        var decoded = Decoding.of(in)) {
      if (decoded instanceof PushbackInputStream) {
        return false;
      }
      try (var out = Files.newOutputStream(into)) {
        var buffer = new byte[BUFFER_BYTES];
        long written = 0;
        for (var count = decoded.read(buffer); count >= 0; count = decoded.read(buffer)) {
          written += count;
          if (written > bytesMax) {
            throw Malformed.layer("archive of more than " + bytesMax + " bytes", "at most that");
          }
          out.write(buffer, 0, count);
        }
      }
      return true;
    }
  }

  /** Knows how far it has been read. */
  private static final class Counted extends FilterInputStream {
    private long at;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      var value = super.read();
      at += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      var count = super.read(into, offset, length);
      at += Math.max(0, count);
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      var skipped = super.skip(count);
      at += skipped;
      return skipped;
    }
  }
}
