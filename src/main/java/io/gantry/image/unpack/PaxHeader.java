package io.gantry.image.unpack;

import io.gantry.image.unpack.TarEntry.Time;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/** The records of a pax extended header that mean something here. Values are bytes. */
record PaxHeader(Map<String, byte[]> records) {
  static final String SPARSE_MAP = "GNU.sparse.map";

  private static final String XATTR = "SCHILY.xattr.";
  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");
  private static final Pattern TIME = Pattern.compile("(-?)([0-9]{1,15})(?:\\.([0-9]*))?");
  private static final int LENGTH_DIGITS_MAX = 8;

  /**
   * Reads records {@code length key=value\n}; the length counts all of it. The keys of old sparse
   * maps come many times and are joined by commas; of others, the last counts.
   */
  static Map<String, byte[]> read(byte[] bytes) {
    Map<String, byte[]> records = new HashMap<>();
    var oldSparseMap = new StringJoiner(",");
    var at = 0;
    while (at < bytes.length) {
      var space = at;
      while (space < bytes.length && bytes[space] != ' ') {
        space++;
      }
      var length = length(bytes, at, space);
      var end = at + length;
      if (length == 0 || end > bytes.length || end <= space + 1 || bytes[end - 1] != '\n') {
        throw malformed();
      }
      put(records, oldSparseMap, bytes, space + 1, end - 1);
      at = end;
    }
    if (oldSparseMap.length() > 0) {
      records.put(SPARSE_MAP, oldSparseMap.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
    return records;
  }

  private static int length(byte[] bytes, int from, int to) {
    var digits = new String(bytes, from, Math.min(to - from, 20), StandardCharsets.ISO_8859_1);
    if (digits.length() > LENGTH_DIGITS_MAX || !digits.matches("[0-9]+")) {
      throw malformed();
    }
    return Integer.parseInt(digits);
  }

  private static void put(
      Map<String, byte[]> records, StringJoiner oldSparseMap, byte[] bytes, int from, int to) {
    var equals = from;
    while (equals < to && bytes[equals] != '=') {
      equals++;
    }
    if (equals == from || equals == to) {
      throw malformed();
    }
    var key = new String(bytes, from, equals - from, StandardCharsets.ISO_8859_1);
    var value = java.util.Arrays.copyOfRange(bytes, equals + 1, to);
    if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
      oldSparseMap.add(new String(value, StandardCharsets.ISO_8859_1));
    } else {
      records.put(key, value);
    }
  }

  Optional<String> name() {
    return text("path");
  }

  Optional<String> link() {
    return text("linkpath");
  }

  Optional<Long> size() {
    return integer("size");
  }

  Optional<Long> uid() {
    return integer("uid");
  }

  Optional<Long> gid() {
    return integer("gid");
  }

  Optional<Time> mtime() {
    return text("mtime").map(PaxHeader::time);
  }

  /** Extended attributes by their full names. */
  Map<String, byte[]> xattrs() {
    Map<String, byte[]> found = new HashMap<>();
    records.forEach(
        (key, value) -> {
          if (key.startsWith(XATTR) && key.length() > XATTR.length()) {
            found.put(key.substring(XATTR.length()), value);
          }
        });
    return found;
  }

  /** The text of a record; an empty one counts as none. */
  Optional<String> text(String key) {
    return Optional.ofNullable(records.get(key))
        .map(value -> new String(value, StandardCharsets.ISO_8859_1))
        .filter(value -> !value.isEmpty());
  }

  Optional<Long> integer(String key) {
    return text(key)
        .map(
            value -> {
              if (!INTEGER.matcher(value).matches()) {
                throw malformed();
              }
              return Long.parseLong(value);
            });
  }

  /** Seconds with a decimal fraction; times before 1970 count backwards as a whole. */
  private static Time time(String text) {
    var form = TIME.matcher(text);
    if (!form.matches()) {
      throw malformed();
    }
    var seconds = Long.parseLong(form.group(2));
    var fraction = form.group(3) == null ? "" : form.group(3);
    var nanos = Integer.parseInt((fraction + "000000000").substring(0, 9));
    if (form.group(1).isEmpty()) {
      return new Time(seconds, nanos);
    }
    return nanos == 0 ? new Time(-seconds, 0) : new Time(-seconds - 1, 1_000_000_000 - nanos);
  }

  private static RuntimeException malformed() {
    return Malformed.layer("malformed pax header", "records of length, key and value");
  }
}
