package io.gantry.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Calls on mounts and namespaces; those that change a thread say so. */
final class MountCalls {
  static final int MS_NOSUID = 2;
  static final int MS_NODEV = 4;
  static final int MS_NOEXEC = 8;
  static final int MS_BIND = 1 << 12;
  static final int MS_REC = 1 << 14;
  static final int MS_PRIVATE = 1 << 18;

  static final int CLONE_FS = 0x200;
  static final int CLONE_NEWNS = 0x20000;
  static final int CLONE_NEWUTS = 0x4000000;
  static final int CLONE_NEWIPC = 0x8000000;
  static final int CLONE_NEWUSER = 0x10000000;
  static final int CLONE_NEWNET = 0x40000000;

  private static final long SYS_MOUNT_SETATTR = 442;
  private static final long MOUNT_ATTR_BYTES = 32;
  private static final long AT_EMPTY_PATH = 0x1000;
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  private static final long SETRESUID = ARM ? 147 : 117;
  private static final long UNCHANGED = -1;

  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  // SAFETY: int mount(const char *, const char *, const char *, unsigned long, const void *); all
  // strings are NUL-terminated, NULL is allowed where a nullable argument is passed on.
  private static final CFunction MOUNT = CFunction.ints("mount");
  // SAFETY: int umount2(const char *, int).
  private static final CFunction UMOUNT2 = CFunction.ints("umount2");
  // SAFETY: int unshare(int).
  private static final CFunction UNSHARE = CFunction.ints("unshare");
  // SAFETY: int setns(int, int).
  private static final CFunction SETNS = CFunction.ints("setns");
  // SAFETY: int sethostname(const char *, size_t); the length excludes the NUL.
  private static final CFunction SETHOSTNAME = CFunction.ints("sethostname");
  // SAFETY: int chdir(const char *).
  private static final CFunction CHDIR = CFunction.ints("chdir");
  // SAFETY: int socket(int, int, int).
  private static final CFunction SOCKET = CFunction.ints("socket");

  private MountCalls() {}

  static void mount(
      @Nullable String source,
      String target,
      @Nullable String type,
      long flags,
      @Nullable String data)
      throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var from = text(arena, source);
      var to = arena.allocateFrom(target);
      var kind = text(arena, type);
      var options = text(arena, data);
      Libc.check(
          "mount " + target,
          errno ->
              MOUNT.call(
                  errno, from.address(), to.address(), kind.address(), flags, options.address()));
    }
  }

  /** Detaches the topmost mount at {@code target}. */
  static void detach(Path target) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(target.toString());
      Libc.check(
          "unmount " + target,
          errno -> UMOUNT2.call(errno, path.address(), MNT_DETACH | UMOUNT_NOFOLLOW));
    }
  }

  /** Changes the calling thread. */
  static void unshare(int flags) throws SyscallFailure {
    Libc.check("unshare", errno -> UNSHARE.call(errno, flags));
  }

  /** Changes the calling thread. */
  static void enter(int namespace, int kind) throws SyscallFailure {
    Libc.check("setns", errno -> SETNS.call(errno, namespace, kind));
  }

  /**
   * Changes the effective user of the calling thread alone, to and from 0: the C library's function
   * would change that of all threads.
   */
  static void become(int user) throws SyscallFailure {
    // SAFETY: setresuid(uid_t, uid_t, uid_t) takes no pointer; −1 leaves an id as it is.
    Libc.syscall("effective user " + user, SETRESUID, UNCHANGED, user, UNCHANGED);
  }

  /** Changes the UTS namespace of the calling thread. */
  static void hostname(String name) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocateFrom(name);
      Libc.check(
          "hostname " + name,
          errno -> SETHOSTNAME.call(errno, text.address(), text.byteSize() - 1));
    }
  }

  /** Changes the calling thread, and all others unless it has unshared {@link #CLONE_FS}. */
  static void chdir(Path directory) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(directory.toString());
      Libc.check(directory.toString(), errno -> CHDIR.call(errno, path.address()));
    }
  }

  /** An IPv4 datagram socket in the network namespace of the calling thread. */
  static int socket() throws SyscallFailure {
    var afInet = 2;
    var datagram = 2 | Descriptors.O_CLOEXEC;
    return (int) Libc.check("socket", errno -> SOCKET.call(errno, afInet, datagram, 0));
  }

  /** Asked of a descriptor that there is not: only a kernel without the call says so. */
  static boolean hasSetattr() {
    try (var arena = Arena.ofConfined()) {
      var empty = arena.allocateFrom("");
      var attributes = arena.allocate(MOUNT_ATTR_BYTES, 8);
      // SAFETY: mount_setattr(int, const char *, unsigned int, struct mount_attr *, size_t); both
      // pointers outlive the call, and the struct has the size that is told.
      Libc.syscall(
          "mount_setattr",
          SYS_MOUNT_SETATTR,
          -1,
          empty.address(),
          AT_EMPTY_PATH,
          attributes.address(),
          MOUNT_ATTR_BYTES);
      return true;
    } catch (SyscallFailure failure) {
      return !failure.is(Errno.ENOSYS);
    }
  }

  private static MemorySegment text(SegmentAllocator arena, @Nullable String text) {
    return text == null ? MemorySegment.NULL : arena.allocateFrom(text);
  }
}
