package io.gantry.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
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
  private static final MethodHandle MOUNT =
      Libc.function(
          "mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
  // SAFETY: int umount2(const char *, int).
  private static final MethodHandle UMOUNT2 =
      Libc.function("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  // SAFETY: int unshare(int).
  private static final MethodHandle UNSHARE =
      Libc.function("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  // SAFETY: int setns(int, int).
  private static final MethodHandle SETNS =
      Libc.function("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  // SAFETY: int sethostname(const char *, size_t); the length excludes the NUL.
  private static final MethodHandle SETHOSTNAME =
      Libc.function("sethostname", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  // SAFETY: int chdir(const char *).
  private static final MethodHandle CHDIR =
      Libc.function("chdir", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  // SAFETY: int socket(int, int, int).
  private static final MethodHandle SOCKET =
      Libc.function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

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
          errno -> (int) MOUNT.invokeExact(errno, from, to, kind, flags, options));
    }
  }

  /** Detaches the topmost mount at {@code target}. */
  static void detach(Path target) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(target.toString());
      Libc.check(
          "unmount " + target,
          errno -> (int) UMOUNT2.invokeExact(errno, path, MNT_DETACH | UMOUNT_NOFOLLOW));
    }
  }

  /** Changes the calling thread. */
  static void unshare(int flags) throws SyscallFailure {
    Libc.check("unshare", errno -> (int) UNSHARE.invokeExact(errno, flags));
  }

  /** Changes the calling thread. */
  static void enter(int namespace, int kind) throws SyscallFailure {
    Libc.check("setns", errno -> (int) SETNS.invokeExact(errno, namespace, kind));
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
          errno -> (int) SETHOSTNAME.invokeExact(errno, text, text.byteSize() - 1));
    }
  }

  /** Changes the calling thread, and all others unless it has unshared {@link #CLONE_FS}. */
  static void chdir(Path directory) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(directory.toString());
      Libc.check(directory.toString(), errno -> (int) CHDIR.invokeExact(errno, path));
    }
  }

  /** An IPv4 datagram socket in the network namespace of the calling thread. */
  static int socket() throws SyscallFailure {
    var afInet = 2;
    var datagram = 2 | Descriptors.O_CLOEXEC;
    return (int)
        Libc.check("socket", errno -> (int) SOCKET.invokeExact(errno, afInet, datagram, 0));
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
