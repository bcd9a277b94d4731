package io.gantry.image.unpack;

import io.gantry.image.unpack.TarEntry.Device;
import io.gantry.image.unpack.TarEntry.Segment;
import io.gantry.image.unpack.TarEntry.Time;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads tar archives: ustar, GNU and pax, with sparse files. Agrees with Go's archive/tar, which
 * reads and writes most layers there are, wherever the formats leave a choice. Holds one entry and
 * its extended header, both capped.
 */
final class TarReader {
  private static final int BLOCK = 512;

  /** As Go's. Room for many large attributes, none for an attack on the heap. */
  private static final int EXTENDED_BYTES_MAX = 1024 * 1024;

  private static final int LONG_NAME_BYTES_MAX = 64 * 1024;

  private final InputStream in;
  private final byte[] block = new byte[BLOCK];
  private long remaining;
  private int padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /** The next entry, if there is one. What is left of the one before is skipped. */
  Optional<TarEntry> next() throws IOException {
    Map<String, byte[]> pax = new HashMap<>();
    var longName = Optional.<String>empty();
    var longLink = Optional.<String>empty();
    while (true) {
      skip(remaining + padding);
      remaining = 0;
      padding = 0;
      if (!readHeader()) {
        return Optional.empty();
      }
      var header = new TarHeader(block);
      header.verify();
      switch (header.type()) {
        case 'x' -> pax = PaxHeader.read(extended(header, EXTENDED_BYTES_MAX));
        case 'g' ->
            extended(header, EXTENDED_BYTES_MAX); // of the whole archive: as Go, not applied
        case 'L' -> longName = Optional.of(longText(header));
        case 'K' -> longLink = Optional.of(longText(header));
        default -> {
          return Optional.of(entry(header, new PaxHeader(pax), longName, longLink));
        }
      }
    }
  }

  /** Data of the current entry; -1 after its end. */
  int read(byte[] into, int length) throws IOException {
    if (remaining == 0) {
      return -1;
    }
    var count = in.read(into, 0, (int) Math.min(length, remaining));
    if (count < 0) {
      throw truncated();
    }
    remaining -= count;
    return count;
  }

  private TarEntry entry(
      TarHeader header, PaxHeader pax, Optional<String> longName, Optional<String> longLink)
      throws IOException {
    var type = type(header, pax.name().or(() -> longName).orElseGet(header::name));
    var stored = type == TarEntry.Type.FILE ? pax.size().orElseGet(header::size) : 0;
    if (stored < 0) {
      throw Malformed.layer("tar entry of " + stored + " bytes", "0 or more");
    }
    remaining = stored;
    padding = (int) (-stored & (BLOCK - 1));
    var sparse = type == TarEntry.Type.FILE ? sparse(header, pax) : Optional.<SparseMap>empty();
    var name = pax.name().or(() -> longName).orElseGet(header::name);
    return new TarEntry(
        type,
        clean(sparse.flatMap(SparseMap::name).orElse(name)),
        clean(pax.link().or(() -> longLink).orElseGet(header::link)),
        header.mode(),
        pax.uid().orElseGet(header::uid),
        pax.gid().orElseGet(header::gid),
        remaining,
        sparse.map(SparseMap::length).orElse(stored),
        sparse.map(SparseMap::segments).orElseGet(() -> List.of(new Segment(0, stored))),
        pax.mtime().orElseGet(() -> new Time(header.mtime(), 0)),
        new Device(header.deviceMajor(), header.deviceMinor()),
        pax.xattrs());
  }

  private static TarEntry.Type type(TarHeader header, String name) {
    return switch (header.type()) {
      case '0', '\0', '7', 'S' -> name.endsWith("/") ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
      case '1' -> TarEntry.Type.HARD_LINK;
      case '2' -> TarEntry.Type.SYMBOLIC_LINK;
      case '3' -> TarEntry.Type.CHARACTER_DEVICE;
      case '4' -> TarEntry.Type.BLOCK_DEVICE;
      case '5' -> TarEntry.Type.DIRECTORY;
      case '6' -> TarEntry.Type.FIFO;
      default ->
          throw Malformed.entry(
              name, "type " + (int) header.type(), "a file, link, directory, device or FIFO");
    };
  }

  private Optional<SparseMap> sparse(TarHeader header, PaxHeader pax) throws IOException {
    var found =
        header.type() == 'S'
            ? Optional.of(SparseMap.gnu(header, this::oneBlock))
            : SparseMap.pax(pax, this::dataBlock);
    found.ifPresent(map -> map.verify(remaining));
    return found;
  }

  /** A block between the header and the data. */
  private byte[] oneBlock() throws IOException {
    return exactly(BLOCK);
  }

  /** A block out of the data. */
  private byte[] dataBlock() throws IOException {
    if (remaining < BLOCK) {
      throw Malformed.layer("sparse file without its map", "the map in the data");
    }
    remaining -= BLOCK;
    return exactly(BLOCK);
  }

  private boolean readHeader() throws IOException {
    if (!readBlock()) {
      return false;
    }
    if (!allZero()) {
      return true;
    }
    if (readBlock() && !allZero()) {
      throw Malformed.layer("tar header after a block of zeros", "the end");
    }
    return false;
  }

  private boolean readBlock() throws IOException {
    var count = in.readNBytes(block, 0, BLOCK);
    if (count == 0) {
      return false;
    }
    if (count < BLOCK) {
      throw truncated();
    }
    return true;
  }

  private boolean allZero() {
    for (var value : block) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private String longText(TarHeader header) throws IOException {
    return TarHeader.text(extended(header, LONG_NAME_BYTES_MAX));
  }

  private byte[] extended(TarHeader header, int bytesMax) throws IOException {
    var size = header.size();
    if (size < 0 || size > bytesMax) {
      throw Malformed.layer("tar extended header of " + size + " bytes", bytesMax + " at most");
    }
    var content = exactly((int) size);
    padding = (int) (-size & (BLOCK - 1));
    return content;
  }

  private byte[] exactly(int count) throws IOException {
    var bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw truncated();
    }
    return bytes;
  }

  private void skip(long count) throws IOException {
    for (var left = count; left > 0; ) {
      var read = in.read(block, 0, (int) Math.min(left, BLOCK));
      if (read < 0) {
        throw truncated();
      }
      left -= read;
    }
  }

  private static String clean(String name) {
    if (name.indexOf('\0') >= 0) {
      throw Malformed.entry(name, "a NUL in a name", "none");
    }
    return name;
  }

  private static RuntimeException truncated() {
    return Malformed.layer("truncated tar", "its end");
  }
}
