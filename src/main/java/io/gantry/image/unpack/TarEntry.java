package io.gantry.image.unpack;

import java.util.List;
import java.util.Map;

/**
 * A member of an archive. Names are bytes, held as one character each.
 *
 * @param mode permissions alone
 * @param size of the data that follows, without the holes of a sparse file
 * @param length of the file, with its holes
 * @param segments where the data belongs in the file, in order
 * @param device of a device node
 * @param xattrs extended attributes by their full names
 */
record TarEntry(
    Type type,
    String name,
    String link,
    int mode,
    long uid,
    long gid,
    long size,
    long length,
    List<Segment> segments,
    Time mtime,
    Device device,
    Map<String, byte[]> xattrs) {

  enum Type {
    FILE,
    HARD_LINK,
    SYMBOLIC_LINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    DIRECTORY,
    FIFO
  }

  /** A stretch of data in a file. */
  record Segment(long offset, long length) {}

  /** Seconds since 1970 and nanoseconds in them. */
  record Time(long seconds, int nanos) {}

  record Device(long major, long minor) {}

  TarEntry {
    segments = List.copyOf(segments);
    xattrs = Map.copyOf(xattrs);
  }
}
