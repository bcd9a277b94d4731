package io.gantry.image.unpack;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.gantry.host.CFunction;
import io.gantry.image.unpack.TarEntry.Device;
import io.gantry.image.unpack.TarEntry.Time;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * File calls relative to open directories. One instance a thread: it owns the memory that names and
 * data are passed in, and so costs nothing a call. Each returns a result of 0 or more, or an error
 * number negated.
 *
 * <p>Names are single components unless a method says otherwise; no last component is followed.
 */
@SuppressWarnings("restricted") // argued in package-info
final class Kernel implements AutoCloseable {
  static final int ENOENT = -2;
  static final int ENXIO = -6;
  static final int EINTR = -4;
  static final int EAGAIN = -11;
  static final int EEXIST = -17;
  static final int ENOTDIR = -20;
  static final int ENOSPC = -28;
  static final int ENOSYS = -38;
  static final int EOPNOTSUPP = -95;
  static final int EDQUOT = -122;

  static final int S_IFMT = 0170000;
  static final int S_IFIFO = 0010000;
  static final int S_IFCHR = 0020000;
  static final int S_IFDIR = 0040000;
  static final int S_IFREG = 0100000;
  static final int S_IFBLK = 0060000;
  static final int S_IFLNK = 0120000;

  /** What the largest name is, with its NUL: PATH_MAX. */
  static final int NAME_BYTES_MAX = 4096;

  static final int DATA_BYTES = 128 * 1024;

  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  private static final int O_WRONLY = 1;
  private static final int O_NONBLOCK = 04000;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_CLOEXEC = 02000000;
  private static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  private static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final long UTIME_OMIT = (1L << 30) - 2;
  private static final int STATX_BASIC = 0x7ff;
  private static final long SYS_OPENAT2 = 437;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_IN_ROOT = 0x10;

  // SAFETY: long syscall(long, ...): openat2 takes int, const char *, struct open_how *, size_t;
  // the structure is three 64-bit words, and its size is passed.
  private static final CFunction OPENAT2 = CFunction.longs("syscall");
  // SAFETY: int openat(int, const char *, int, ...); the mode is an int.
  private static final CFunction OPENAT = CFunction.ints("openat");
  // SAFETY: int close(int).
  private static final CFunction CLOSE = CFunction.ints("close");
  // SAFETY: int mkdirat(int, const char *, mode_t).
  private static final CFunction MKDIRAT = CFunction.ints("mkdirat");
  // SAFETY: int mknodat(int, const char *, mode_t, dev_t); dev_t has 64 bits.
  private static final CFunction MKNODAT = CFunction.ints("mknodat");
  // SAFETY: int symlinkat(const char *, int, const char *).
  private static final CFunction SYMLINKAT = CFunction.ints("symlinkat");
  // SAFETY: int linkat(int, const char *, int, const char *, int).
  private static final CFunction LINKAT = CFunction.ints("linkat");
  // SAFETY: int renameat(int, const char *, int, const char *).
  private static final CFunction RENAMEAT = CFunction.ints("renameat");
  // SAFETY: int unlinkat(int, const char *, int).
  private static final CFunction UNLINKAT = CFunction.ints("unlinkat");
  // SAFETY: ssize_t readlinkat(int, const char *, char *, size_t); writes at most the size passed,
  // which is the segment's own.
  private static final CFunction READLINKAT = CFunction.longs("readlinkat");
  // SAFETY: int fchownat(int, const char *, uid_t, gid_t, int); ids have 32 bits.
  private static final CFunction FCHOWNAT = CFunction.ints("fchownat");
  // SAFETY: int fchown(int, uid_t, gid_t).
  private static final CFunction FCHOWN = CFunction.ints("fchown");
  // SAFETY: int fchmodat(int, const char *, mode_t, int).
  private static final CFunction FCHMODAT = CFunction.ints("fchmodat");
  // SAFETY: int fchmod(int, mode_t).
  private static final CFunction FCHMOD = CFunction.ints("fchmod");
  // SAFETY: int utimensat(int, const char *, const struct timespec[2], int); four 64-bit words.
  private static final CFunction UTIMENSAT = CFunction.ints("utimensat");
  // SAFETY: int futimens(int, const struct timespec[2]); four 64-bit words.
  private static final CFunction FUTIMENS = CFunction.ints("futimens");
  // SAFETY: int lsetxattr(const char *, const char *, const void *, size_t, int); reads as many
  // bytes as the size says, which are in the segment.
  private static final CFunction LSETXATTR = CFunction.ints("lsetxattr");
  // SAFETY: int fsetxattr(int, const char *, const void *, size_t, int); as above.
  private static final CFunction FSETXATTR = CFunction.ints("fsetxattr");
  // SAFETY: int statx(int, const char *, int, unsigned, struct statx *); writes 256 bytes.
  private static final CFunction STATX = CFunction.ints("statx");
  // SAFETY: ssize_t pwrite(int, const void *, size_t, off_t); the size is at most the segment's.
  private static final CFunction PWRITE = CFunction.longs("pwrite");
  // SAFETY: off_t lseek(int, off_t, int).
  private static final CFunction LSEEK = CFunction.longs("lseek");
  // SAFETY: ssize_t copy_file_range(int, off_t *, int, off_t *, size_t, unsigned); the offsets are
  // one 64-bit word each.
  private static final CFunction COPY_FILE_RANGE = CFunction.longs("copy_file_range");
  // SAFETY: ssize_t lgetxattr(const char *, const char *, void *, size_t); writes at most the size
  // passed, which is the segment's own.
  private static final CFunction LGETXATTR = CFunction.longs("lgetxattr");
  // SAFETY: ssize_t fgetxattr(int, const char *, void *, size_t); as above.
  private static final CFunction FGETXATTR = CFunction.longs("fgetxattr");
  // SAFETY: ssize_t llistxattr(const char *, char *, size_t); as above.
  private static final CFunction LLISTXATTR = CFunction.longs("llistxattr");
  // SAFETY: int ftruncate(int, off_t).
  private static final CFunction FTRUNCATE = CFunction.ints("ftruncate");

  private interface Invocation {
    long with(MemorySegment errno);
  }

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment errno = arena.allocate(CFunction.STATE);
  private final MemorySegment first = arena.allocate(NAME_BYTES_MAX);
  private final MemorySegment second = arena.allocate(NAME_BYTES_MAX);
  private final MemorySegment empty = arena.allocateFrom("");
  private final MemorySegment how = arena.allocate(24, 8);
  private final MemorySegment times = arena.allocate(32, 8);
  private final MemorySegment stat = arena.allocate(256, 8);
  private final MemorySegment data = arena.allocate(DATA_BYTES);

  /** Opens a directory by its path on the host. The only path here that is one. */
  int openOutside(String path) {
    put(first, path.getBytes(StandardCharsets.UTF_8));
    return openDirectory(AT_FDCWD, first, 0);
  }

  /**
   * Opens the directory at {@code path} as seen by a process whose root is {@code root}: links in
   * any component are followed, and neither they nor {@code ..} leave it.
   */
  int openInRoot(int root, String path) {
    how.set(JAVA_LONG, 0, O_DIRECTORY | O_CLOEXEC);
    how.set(JAVA_LONG, 8, 0);
    how.set(JAVA_LONG, 16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    name(first, path.isEmpty() ? "." : path);
    var result = EAGAIN;
    // The kernel gives up when directories are renamed anywhere while it resolves a "..".
    for (var i = 0; i < 100 && result == EAGAIN; i++) {
      result =
          call(state -> OPENAT2.call(state, SYS_OPENAT2, root, first.address(), how.address(), 24));
    }
    return result;
  }

  /** Opens a directory in a directory. */
  int openDirectory(int parent, String name) {
    return openDirectory(parent, name(first, name), O_NOFOLLOW);
  }

  private int openDirectory(int parent, MemorySegment name, int flags) {
    return call(
        state -> OPENAT.call(state, parent, name.address(), O_DIRECTORY | O_CLOEXEC | flags, 0));
  }

  /** Makes a file that was not there, and opens it for writing. */
  int create(int parent, String name) {
    name(first, name);
    var flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return call(state -> OPENAT.call(state, parent, first.address(), flags, 0600));
  }

  int mkdir(int parent, String name, int mode) {
    name(first, name);
    return call(state -> MKDIRAT.call(state, parent, first.address(), mode));
  }

  int mknod(int parent, String name, int mode, long major, long minor) {
    name(first, name);
    var device = device(major, minor);
    return call(state -> MKNODAT.call(state, parent, first.address(), mode, device));
  }

  /** The C library's encoding of a device number. */
  private static long device(long major, long minor) {
    return (major & 0xfffff000L) << 32
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | (minor & 0xffL);
  }

  int symlink(String target, int parent, String name) {
    name(first, target);
    name(second, name);
    return call(state -> SYMLINKAT.call(state, first.address(), parent, second.address()));
  }

  int link(int oldParent, String oldName, int parent, String name) {
    name(first, oldName);
    name(second, name);
    return call(
        state -> LINKAT.call(state, oldParent, first.address(), parent, second.address(), 0));
  }

  int rename(int oldParent, String oldName, int parent, String name) {
    name(first, oldName);
    name(second, name);
    return call(
        state -> RENAMEAT.call(state, oldParent, first.address(), parent, second.address()));
  }

  int unlink(int parent, String name) {
    name(first, name);
    return call(state -> UNLINKAT.call(state, parent, first.address(), 0));
  }

  /** The target of a link, one character a byte; empty if there is none to be read. */
  String readlink(int parent, String name) {
    name(first, name);
    var length =
        call(
            state ->
                READLINKAT.call(state, parent, first.address(), second.address(), NAME_BYTES_MAX));
    return length <= 0
        ? ""
        : new String(second.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.ISO_8859_1);
  }

  int chown(int parent, String name, long uid, long gid) {
    name(first, name);
    return call(
        state -> FCHOWNAT.call(state, parent, first.address(), uid, gid, AT_SYMLINK_NOFOLLOW));
  }

  int chown(int descriptor, long uid, long gid) {
    return call(state -> FCHOWN.call(state, descriptor, uid, gid));
  }

  /** Of what is known not to be a link: the kernel follows one here. */
  int chmod(int parent, String name, int mode) {
    name(first, name);
    return call(state -> FCHMODAT.call(state, parent, first.address(), mode, 0));
  }

  int chmod(int descriptor, int mode) {
    return call(state -> FCHMOD.call(state, descriptor, mode));
  }

  int touch(int parent, String name, Time mtime) {
    name(first, name);
    times(mtime, mtime.seconds(), mtime.nanos());
    return call(
        state ->
            UTIMENSAT.call(state, parent, first.address(), times.address(), AT_SYMLINK_NOFOLLOW));
  }

  int touch(int descriptor, Time mtime) {
    times(mtime, mtime.seconds(), mtime.nanos());
    return call(state -> FUTIMENS.call(state, descriptor, times.address()));
  }

  /** Sets the time of modification alone. */
  int restore(int descriptor, Time mtime) {
    times(mtime, 0, UTIME_OMIT);
    return call(state -> FUTIMENS.call(state, descriptor, times.address()));
  }

  private void times(Time mtime, long accessSeconds, long accessNanos) {
    times.set(JAVA_LONG, 0, accessSeconds);
    times.set(JAVA_LONG, 8, accessNanos);
    times.set(JAVA_LONG, 16, mtime.seconds());
    times.set(JAVA_LONG, 24, mtime.nanos());
  }

  /**
   * Sets an attribute of what {@code name} is in {@code parent}, itself. There is no call for that
   * relative to a descriptor before Linux 6.13: the way leads over /proc, whose link to the
   * directory cannot be moved.
   */
  int setxattr(int parent, String name, String attribute, byte[] value) {
    place(parent, name);
    name(second, attribute);
    var content = content(value);
    return call(
        state ->
            LSETXATTR.call(
                state, first.address(), second.address(), content.address(), value.length, 0));
  }

  int setxattr(int descriptor, String attribute, byte[] value) {
    name(first, attribute);
    var content = content(value);
    return call(
        state ->
            FSETXATTR.call(state, descriptor, first.address(), content.address(), value.length, 0));
  }

  /** Extended attributes have at most 64 KiB; a longer one is for the kernel to refuse. */
  private MemorySegment content(byte[] value) {
    if (value.length > data.byteSize()) {
      throw Malformed.layer("extended attribute of " + value.length + " bytes", "64 KiB at most");
    }
    MemorySegment.copy(value, 0, data, JAVA_BYTE, 0, value.length);
    return data;
  }

  /** Looks at what {@code name} is, for {@link #type}, {@link #mtime} and their like. */
  int stat(int parent, String name) {
    name(first, name);
    return call(
        state ->
            STATX.call(
                state, parent, first.address(), AT_SYMLINK_NOFOLLOW, STATX_BASIC, stat.address()));
  }

  int stat(int descriptor) {
    return call(
        state ->
            STATX.call(
                state, descriptor, empty.address(), AT_EMPTY_PATH, STATX_BASIC, stat.address()));
  }

  /** The type of what was looked at: one of S_IF…. */
  int type() {
    return stat.get(JAVA_SHORT, 28) & S_IFMT;
  }

  /** Whether it is overlayfs's mark of a deletion: character device 0/0. */
  boolean isWhiteout() {
    return type() == S_IFCHR && stat.get(JAVA_INT, 128) == 0 && stat.get(JAVA_INT, 132) == 0;
  }

  /** The permissions of what was looked at. */
  int mode() {
    return stat.get(JAVA_SHORT, 28) & 07777;
  }

  long uid() {
    return stat.get(JAVA_INT, 20) & 0xffffffffL;
  }

  long gid() {
    return stat.get(JAVA_INT, 24) & 0xffffffffL;
  }

  long links() {
    return stat.get(JAVA_INT, 16) & 0xffffffffL;
  }

  long inode() {
    return stat.get(JAVA_LONG, 32);
  }

  long size() {
    return stat.get(JAVA_LONG, 40);
  }

  Device device() {
    return new Device(stat.get(JAVA_INT, 128), stat.get(JAVA_INT, 132));
  }

  Time mtime() {
    return new Time(stat.get(JAVA_LONG, 112), stat.get(JAVA_INT, 120));
  }

  /** Opens a file to be read. Of what may be a FIFO or a device, the opening waits for nobody. */
  int openFile(int parent, String name) {
    name(first, name);
    var flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    return call(state -> OPENAT.call(state, parent, first.address(), flags, 0));
  }

  /**
   * Copies the data of a file and leaves its holes.
   *
   * @return the bytes copied, in whole blocks
   */
  long copy(String name, int from, int to, long size) {
    long copied = 0;
    for (long at = 0; at < size; ) {
      var data = seek(from, at, SEEK_DATA);
      if (data == ENXIO) { // nothing but a hole
        return copied;
      }
      var end = Math.min(size, checked(name, seek(from, checked(name, data), SEEK_HOLE)));
      copyRange(name, from, to, data, end);
      copied += (end - data + 4095) / 4096 * 4096;
      at = end;
    }
    return copied;
  }

  private static long checked(String name, long result) {
    if (result < 0) {
      Failed.check(name, "seek", (int) result);
    }
    return result;
  }

  private long seek(int descriptor, long at, int whence) {
    return longCall(state -> LSEEK.call(state, descriptor, at, whence));
  }

  private void copyRange(String name, int from, int to, long start, long end) {
    for (var at = start; at < end; ) {
      var length = end - at;
      times.set(JAVA_LONG, 0, at);
      times.set(JAVA_LONG, 8, at);
      var second = times.asSlice(8);
      var done =
          longCall(
              state ->
                  COPY_FILE_RANGE.call(
                      state, from, times.address(), to, second.address(), length, 0));
      Failed.check(name, "copy", done == 0 ? ENOENT : (int) Math.min(done, 1));
      at += done;
    }
  }

  /** The value of an attribute of what {@code name} is in {@code parent}; empty if it is gone. */
  Optional<byte[]> getxattr(int parent, String name, String attribute) {
    place(parent, name);
    name(second, attribute);
    var length =
        call(
            state ->
                LGETXATTR.call(
                    state, first.address(), second.address(), data.address(), data.byteSize()));
    return length < 0 ? Optional.empty() : Optional.of(data.asSlice(0, length).toArray(JAVA_BYTE));
  }

  /** The names of all attributes; none on a file system without. */
  List<String> listxattr(int parent, String name) {
    place(parent, name);
    var length =
        call(state -> LLISTXATTR.call(state, first.address(), data.address(), data.byteSize()));
    if (length <= 0) {
      return List.of();
    }
    var names = new String(data.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.ISO_8859_1);
    return List.of(names.split("\0"));
  }

  /** Whether a directory hides what lower layers have under its name. */
  boolean isOpaque(int descriptor) {
    name(first, Directories.OPAQUE);
    var length =
        call(state -> FGETXATTR.call(state, descriptor, first.address(), data.address(), 8));
    return length == 1 && data.get(JAVA_BYTE, 0) == 'y';
  }

  /** The path of an open directory on the host; empty if it is too long to be told. */
  String path(int descriptor) {
    return readlink(-1, "/proc/self/fd/" + descriptor);
  }

  private void place(int parent, String name) {
    put(first, ("/proc/self/fd/" + parent + "/" + name).getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Writes all of it. */
  int write(int descriptor, byte[] bytes, int count, long offset) {
    MemorySegment.copy(bytes, 0, data, JAVA_BYTE, 0, count);
    for (var written = 0; written < count; ) {
      var from = data.asSlice(written);
      var length = (long) count - written;
      var at = offset + written;
      var result = call(state -> PWRITE.call(state, descriptor, from.address(), length, at));
      if (result < 0) {
        return result;
      }
      written += result;
    }
    return count;
  }

  int truncate(int descriptor, long length) {
    return call(state -> FTRUNCATE.call(state, descriptor, length));
  }

  void close(int descriptor) {
    call(state -> Math.max(0, CLOSE.call(state, descriptor)));
  }

  private MemorySegment name(MemorySegment into, String name) {
    return put(into, name.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static MemorySegment put(MemorySegment into, byte[] bytes) {
    if (bytes.length >= into.byteSize()) {
      throw Malformed.layer("name of " + bytes.length + " bytes", "fewer than " + into.byteSize());
    }
    MemorySegment.copy(bytes, 0, into, JAVA_BYTE, 0, bytes.length);
    into.set(JAVA_BYTE, bytes.length, (byte) 0);
    return into;
  }

  private int call(Invocation invocation) {
    return (int) longCall(invocation);
  }

  private long longCall(Invocation invocation) {
    while (true) {
      var result = invocation.with(errno);
      if (result != -1) {
        return result;
      }
      var error = -CFunction.errno(errno);
      if (error != EINTR) {
        return error;
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
