package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/** Calls on files that Java has no word for: blocks, free inodes, directories by descriptor. */
final class FileCalls {
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

  static final int O_DIRECTORY = ARM ? 040000 : 0200000;

  static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;

  private static final long SYS_OPENAT2 = 437;
  private static final long RESOLVE_NO_XDEV = 1;
  private static final long RESOLVE_NO_MAGICLINKS = 2;
  private static final long RESOLVE_NO_SYMLINKS = 4;
  private static final long RESOLVE_BENEATH = 8;
  private static final long RESOLVE_IN_ROOT = 16;
  private static final long OPEN_HOW_BYTES = 24;

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC = 0x7ff;
  private static final int STATX_BYTES = 256;
  private static final int STATX_LINKS = 16;
  private static final int STATX_MODE = 28;
  private static final int STATX_BLOCKS = 48;
  private static final int STATX_DEVICE_MAJOR = 128;
  private static final int STATX_DEVICE_MINOR = 132;
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFCHR = 0020000;

  private static final int STATVFS_BYTES = 256;
  private static final int DIRENT_TYPE = 18;
  private static final int DIRENT_NAME = 19;
  private static final int DIRENT_NAME_BYTES_MAX = 256;

  // SAFETY: int statx(int, const char *, int, unsigned, struct statx *); the struct has 256 bytes.
  private static final CFunction STATX = CFunction.ints("statx");
  // SAFETY: int statvfs(const char *, struct statvfs *); writes 112 bytes, 256 are given.
  private static final CFunction STATVFS = CFunction.ints("statvfs");
  // SAFETY: DIR *fdopendir(int); the stream owns the descriptor. NULL if it fails.
  private static final CFunction FDOPENDIR = CFunction.longs("fdopendir");
  // SAFETY: struct dirent *readdir(DIR *); the type is at byte 18, the name is NUL-terminated at
  // byte 19, of at most 256.
  private static final CFunction READDIR = CFunction.longs("readdir");
  // SAFETY: int closedir(DIR *); the stream is not used again.
  private static final CFunction CLOSEDIR = CFunction.ints("closedir");

  /** What a file is and takes; {@code blocks} have 512 bytes. */
  record Status(int type, boolean hasNoDevice, long links, long blocks) {
    boolean isDirectory() {
      return type == S_IFDIR;
    }

    boolean isRegular() {
      return type == S_IFREG;
    }

    /** Overlayfs's mark of something deleted: a character device of number 0. */
    boolean isWhiteout() {
      return type == S_IFCHR && hasNoDevice;
    }
  }

  /** Sizes of a file system, in bytes. */
  record Sizes(long bytes, long bytesFree, long inodes, long inodesFree) {}

  private FileCalls() {}

  /** The file of a name in an open directory; of a link, the link. */
  static Status status(int directory, MemorySegment name) throws SyscallFailure {
    return status(directory, name, AT_SYMLINK_NOFOLLOW);
  }

  /** What is open. */
  static Status status(int descriptor) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      return status(descriptor, arena.allocateFrom(""), AT_EMPTY_PATH);
    }
  }

  private static Status status(int directory, MemorySegment name, int flags) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var found = arena.allocate(STATX_BYTES, 8);
      Libc.check(
          "statx",
          errno ->
              STATX.call(errno, directory, name.address(), flags, STATX_BASIC, found.address()));
      return new Status(
          found.get(JAVA_SHORT, STATX_MODE) & S_IFMT,
          found.get(JAVA_INT, STATX_DEVICE_MAJOR) == 0
              && found.get(JAVA_INT, STATX_DEVICE_MINOR) == 0,
          Integer.toUnsignedLong(found.get(JAVA_INT, STATX_LINKS)),
          found.get(JAVA_LONG, STATX_BLOCKS));
    }
  }

  /** A directory in an open directory, itself on the same file system and no link to one. */
  static int openBelow(int directory, MemorySegment name) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var how = arena.allocate(OPEN_HOW_BYTES, 8);
      how.set(JAVA_LONG, 0, O_DIRECTORY | Descriptors.O_CLOEXEC);
      how.set(JAVA_LONG, 16, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
      return (int)
          Libc.syscall(
              "openat2", SYS_OPENAT2, directory, name.address(), how.address(), OPEN_HOW_BYTES);
    }
  }

  /**
   * What {@code path} leads to if {@code root} is taken for {@code /}, as a place and nothing to
   * read from.
   */
  static int openInRoot(int root, String path, int flags) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(path);
      var how = arena.allocate(OPEN_HOW_BYTES, 8);
      how.set(JAVA_LONG, 0, flags | Descriptors.O_PATH | Descriptors.O_CLOEXEC);
      how.set(JAVA_LONG, 16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
      return (int)
          Libc.syscall(path, SYS_OPENAT2, root, name.address(), how.address(), OPEN_HOW_BYTES);
    }
  }

  /**
   * The file of a name in an open directory, on the same file system, as a place; a link itself.
   */
  static int placeBelow(int directory, MemorySegment name) throws SyscallFailure {
    return place(
        "openat2", directory, name, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
  }

  /** The file at an absolute path on which there is no link, as a place; else ELOOP. */
  static int place(Path path) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(path.toString());
      return place(path.toString(), AT_FDCWD, name, RESOLVE_NO_SYMLINKS);
    }
  }

  private static int place(String what, int directory, MemorySegment name, long how)
      throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var open = arena.allocate(OPEN_HOW_BYTES, 8);
      open.set(JAVA_LONG, 0, Descriptors.O_PATH | O_NOFOLLOW | Descriptors.O_CLOEXEC);
      open.set(JAVA_LONG, 16, how);
      return (int)
          Libc.syscall(
              what, SYS_OPENAT2, directory, name.address(), open.address(), OPEN_HOW_BYTES);
    }
  }

  /** Reads the entries of a directory; the stream owns the descriptor from now on. */
  static MemorySegment stream(int descriptor) throws SyscallFailure {
    var stream = MemorySegment.ofAddress(Libc.plain(FDOPENDIR, descriptor));
    if (stream.address() == 0) {
      Descriptors.close(descriptor);
      throw new SyscallFailure("fdopendir", Errno.ENOMEM);
    }
    return stream;
  }

  /** The next entry, valid until the one after it is read. */
  static Optional<MemorySegment> next(MemorySegment stream) {
    var entry = MemorySegment.ofAddress(Libc.plain(READDIR, stream.address()));
    return entry.address() == 0 ? Optional.empty() : Optional.of(named(entry));
  }

  static MemorySegment name(MemorySegment entry) {
    return entry.asSlice(DIRENT_NAME);
  }

  /** Whether the file system says in the directory itself what kind of file this is. */
  static boolean hasType(MemorySegment entry) {
    return entry.get(JAVA_BYTE, DIRENT_TYPE) != 0;
  }

  @SuppressWarnings("restricted") // the C library says how long the name can be
  private static MemorySegment named(MemorySegment entry) {
    return entry.reinterpret(DIRENT_NAME + DIRENT_NAME_BYTES_MAX);
  }

  static void close(MemorySegment stream) {
    Libc.plain(CLOSEDIR, stream.address());
  }

  static Sizes sizes(Path path) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(path.toString());
      var found = arena.allocate(STATVFS_BYTES, 8);
      Libc.check(path.toString(), errno -> STATVFS.call(errno, name.address(), found.address()));
      var unit = found.getAtIndex(JAVA_LONG, 1);
      return new Sizes(
          found.getAtIndex(JAVA_LONG, 2) * unit,
          found.getAtIndex(JAVA_LONG, 4) * unit,
          found.getAtIndex(JAVA_LONG, 5),
          found.getAtIndex(JAVA_LONG, 7));
    }
  }
}
