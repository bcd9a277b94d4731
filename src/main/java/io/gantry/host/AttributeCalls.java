package io.gantry.host;

import java.lang.foreign.Arena;

/** Extended attributes of what is open as a place: of links and devices as of any other file. */
final class AttributeCalls {
  private static final int VALUE_BYTES_MAX = 4096;

  // SAFETY: ssize_t getxattr(const char *, const char *, void *, size_t); the size passed is not
  // above the segment's own.
  private static final CFunction GETXATTR = CFunction.longs("getxattr");
  // SAFETY: int setxattr(const char *, const char *, const void *, size_t, int); the size passed is
  // the segment's own.
  private static final CFunction SETXATTR = CFunction.ints("setxattr");

  private AttributeCalls() {}

  /** The text of an attribute; {@code ""} if the file has none, or its file system none at all. */
  static String text(int place, String name) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(path(place));
      var attribute = arena.allocateFrom(name);
      var value = arena.allocate(VALUE_BYTES_MAX);
      var room = VALUE_BYTES_MAX - 1; // a zero remains at the end
      Libc.check(
          name,
          errno ->
              GETXATTR.call(errno, path.address(), attribute.address(), value.address(), room));
      return value.getString(0);
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ENODATA) || failure.is(Errno.EOPNOTSUPP)) {
        return "";
      }
      throw failure;
    }
  }

  /** Sets an attribute to a text, and a zero after it, as the tools for labels write them. */
  static void set(int place, String name, String text) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(path(place));
      var attribute = arena.allocateFrom(name);
      var value = arena.allocateFrom(text);
      Libc.check(
          name + "=" + text,
          errno ->
              SETXATTR.call(
                  errno,
                  path.address(),
                  attribute.address(),
                  value.address(),
                  value.byteSize(),
                  0));
    }
  }

  /**
   * The kernel takes no descriptor of a place for this; the link to it leads to the file itself.
   */
  private static String path(int place) {
    return "/proc/self/fd/" + place;
  }
}
