package io.gantry.image.unpack;

import io.gantry.image.unpack.TarEntry.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the data of a sparse file belongs (GNU tar manual, "Storing Sparse Files"): the old GNU
 * format and pax 0.0, 0.1 and 1.0.
 *
 * @param name the file's real name, where the header has a made-up one
 */
record SparseMap(Optional<String> name, long length, List<Segment> segments) {
  private static final int SEGMENTS_MAX = 100_000;

  /** Where more blocks of the archive come from. */
  interface Blocks {
    byte[] next() throws IOException;
  }

  /** Four segments are in the header, more in blocks after it. */
  static SparseMap gnu(TarHeader header, Blocks more) throws IOException {
    var segments = new ArrayList<Segment>();
    gnuSegments(header, 386, 4, segments);
    var length = header.number(483, 12);
    var extended = header.at(482) != 0;
    while (extended) {
      var block = new TarHeader(more.next());
      gnuSegments(block, 0, 21, segments);
      extended = block.at(504) != 0;
    }
    return new SparseMap(Optional.empty(), length, segments);
  }

  private static void gnuSegments(TarHeader block, int at, int count, List<Segment> segments) {
    for (var i = 0; i < count; i++) {
      if (block.at(at + 24 * i) != 0) {
        add(segments, block.number(at + 24 * i, 12), block.number(at + 24 * i + 12, 12));
      }
    }
  }

  static Optional<SparseMap> pax(PaxHeader pax, Blocks data) throws IOException {
    var major = pax.text("GNU.sparse.major").orElse("");
    var map = pax.text(PaxHeader.SPARSE_MAP);
    if (major.equals("1")) {
      var length = pax.integer("GNU.sparse.realsize").orElse(-1L);
      return Optional.of(new SparseMap(pax.text("GNU.sparse.name"), length, inData(data)));
    }
    if (map.isEmpty()) {
      return Optional.empty();
    }
    var length = pax.integer("GNU.sparse.size").or(() -> pax.integer("GNU.sparse.realsize"));
    var numbers = map.get().split(",", -1);
    if (numbers.length % 2 != 0) {
      throw malformed();
    }
    var segments = new ArrayList<Segment>();
    for (var i = 0; i < numbers.length; i += 2) {
      add(segments, number(numbers[i]), number(numbers[i + 1]));
    }
    return Optional.of(new SparseMap(pax.text("GNU.sparse.name"), length.orElse(-1L), segments));
  }

  /** Format 1.0: lines of decimal numbers at the beginning of the data, in whole blocks. */
  private static List<Segment> inData(Blocks data) throws IOException {
    var lines = new Lines(data);
    var count = lines.number();
    if (count > SEGMENTS_MAX) {
      throw malformed();
    }
    var segments = new ArrayList<Segment>();
    for (var i = 0; i < count; i++) {
      var offset = lines.number();
      add(segments, offset, lines.number());
    }
    return segments;
  }

  /** The segments are in order, within the file, and as long together as the data. */
  void verify(long dataBytes) {
    long end = 0;
    long sum = 0;
    for (var segment : segments) {
      if (segment.offset() < end
          || segment.length() < 0
          || segment.offset() > length - segment.length()) {
        throw malformed();
      }
      end = segment.offset() + segment.length();
      sum += segment.length();
    }
    if (length < 0 || sum != dataBytes) {
      throw malformed();
    }
  }

  private static void add(List<Segment> segments, long offset, long length) {
    if (segments.size() == SEGMENTS_MAX) {
      throw malformed();
    }
    segments.add(new Segment(offset, length));
  }

  private static long number(String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw malformed();
    }
    return Long.parseLong(text);
  }

  private static RuntimeException malformed() {
    return Malformed.layer("malformed sparse file", "a map of its data, in order");
  }

  /** Lines of short text in blocks. */
  private static final class Lines {
    private final Blocks blocks;
    private byte[] block = {};
    private int at;

    Lines(Blocks blocks) {
      this.blocks = blocks;
    }

    long number() throws IOException {
      var text = new StringBuilder();
      for (var next = next(); next != '\n'; next = next()) {
        if (text.length() == 20) {
          throw malformed();
        }
        text.append((char) next);
      }
      return SparseMap.number(text.toString());
    }

    private int next() throws IOException {
      if (at == block.length) {
        block = blocks.next();
        at = 0;
      }
      return block[at++] & 0xff;
    }
  }
}
