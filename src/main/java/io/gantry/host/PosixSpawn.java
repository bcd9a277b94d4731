package io.gantry.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * posix_spawn(3): forks without copying the JVM's memory, and blocks until the child executes. The
 * child inherits the namespaces of the calling thread.
 */
final class PosixSpawn {
  private static final short SETSIGDEF = 0x04;
  private static final short SETSIGMASK = 0x08;
  private static final short SETSID = 0x80;
  private static final int O_RDWR = 2;

  // glibc's own sizes are 336, 80 and 128 bytes on x86-64 and arm64.
  private static final long ATTRIBUTES_BYTES = 1024;
  private static final long ACTIONS_BYTES = 256;
  private static final long SIGNALS_BYTES = 128;

  // SAFETY: int posix_spawn(pid_t *, const char *, const file_actions *, const attributes *, char
  // *const [], char *const []); both arrays end with NULL. Returns its error.
  private static final MethodHandle SPAWN =
      Libc.plain(
          "posix_spawn",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
  // SAFETY: int posix_spawnattr_init(attributes *); the segment is larger than the struct.
  private static final MethodHandle ATTRIBUTES_INIT = onStruct("posix_spawnattr_init");
  // SAFETY: int posix_spawnattr_destroy(attributes *), after an init.
  private static final MethodHandle ATTRIBUTES_DESTROY = onStruct("posix_spawnattr_destroy");
  // SAFETY: int posix_spawnattr_setflags(attributes *, short).
  private static final MethodHandle SET_FLAGS =
      Libc.plain("posix_spawnattr_setflags", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_SHORT));
  // SAFETY: int posix_spawnattr_setsigmask(attributes *, const sigset_t *); copies the set.
  private static final MethodHandle SET_MASK =
      Libc.plain("posix_spawnattr_setsigmask", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
  // SAFETY: int posix_spawnattr_setsigdefault(attributes *, const sigset_t *); copies the set.
  private static final MethodHandle SET_DEFAULTS =
      Libc.plain(
          "posix_spawnattr_setsigdefault", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
  // SAFETY: int posix_spawn_file_actions_init(file_actions *); the segment is larger.
  private static final MethodHandle ACTIONS_INIT = onStruct("posix_spawn_file_actions_init");
  // SAFETY: int posix_spawn_file_actions_destroy(file_actions *), after an init.
  private static final MethodHandle ACTIONS_DESTROY = onStruct("posix_spawn_file_actions_destroy");
  // SAFETY: int posix_spawn_file_actions_adddup2(file_actions *, int, int).
  private static final MethodHandle ADD_DUP2 =
      Libc.plain(
          "posix_spawn_file_actions_adddup2",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  // SAFETY: int posix_spawn_file_actions_addopen(file_actions *, int, const char *, int, mode_t);
  // copies the path.
  private static final MethodHandle ADD_OPEN =
      Libc.plain(
          "posix_spawn_file_actions_addopen",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  // SAFETY: int posix_spawn_file_actions_addclose(file_actions *, int).
  private static final MethodHandle ADD_CLOSE =
      Libc.plain(
          "posix_spawn_file_actions_addclose", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  // SAFETY: int posix_spawn_file_actions_addclosefrom_np(file_actions *, int); glibc 2.34.
  private static final MethodHandle ADD_CLOSE_FROM =
      Libc.plain(
          "posix_spawn_file_actions_addclosefrom_np",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  // SAFETY: int posix_spawn_file_actions_addchdir_np(file_actions *, const char *); copies the
  // path.
  private static final MethodHandle ADD_CHDIR =
      Libc.plain(
          "posix_spawn_file_actions_addchdir_np",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

  /**
   * What a new process is to be.
   *
   * @param program the file that is executed
   * @param name what the process is told its program is
   * @param descriptors its own numbers, and the descriptors of ours that they stand for; all of
   *     ours are greater than 2 and than each of its own
   */
  record Image(
      Path program,
      String name,
      List<String> arguments,
      Map<String, String> environment,
      Path directory,
      Map<Integer, Integer> descriptors) {}

  private PosixSpawn() {}

  /**
   * Spawns a process that has the descriptors 0 to 2 and those named, and no other.
   *
   * @throws SyscallFailure if it could not be forked, or not executed
   */
  static int spawn(Image image) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var attributes = arena.allocate(ATTRIBUTES_BYTES, 16);
      var actions = arena.allocate(ACTIONS_BYTES, 16);
      succeed((int) ATTRIBUTES_INIT.invokeExact(attributes));
      succeed((int) ACTIONS_INIT.invokeExact(actions));
      try {
        fill(attributes, arena);
        fill(actions, image, arena);
        return spawn(image, actions, attributes, arena);
      } finally {
        succeed((int) ACTIONS_DESTROY.invokeExact(actions));
        succeed((int) ATTRIBUTES_DESTROY.invokeExact(attributes));
      }
    } catch (SyscallFailure | RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable impossible) { // a method handle declares Throwable; a C function throws none
      throw new IllegalStateException(impossible);
    }
  }

  private static int spawn(
      Image image, MemorySegment actions, MemorySegment attributes, Arena arena) throws Throwable {
    var pid = arena.allocate(JAVA_INT);
    var program = arena.allocateFrom(image.program().toString());
    var arguments = strings(arena, withName(image));
    var environment =
        strings(
            arena,
            image.environment().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList());
    var error = (int) SPAWN.invokeExact(pid, program, actions, attributes, arguments, environment);
    if (error != 0) {
      throw new SyscallFailure(image.program().toString(), error);
    }
    return pid.get(JAVA_INT, 0);
  }

  /** A clean mask, default dispositions and a session of its own. */
  private static void fill(MemorySegment attributes, SegmentAllocator arena) throws Throwable {
    var none = arena.allocate(SIGNALS_BYTES, 8);
    // sigfillset(3) leaves out the two signals that glibc keeps for itself, and which it makes
    // ignored in a child that does not ask for their defaults.
    var all = arena.allocate(SIGNALS_BYTES, 8).fill((byte) 0xff);
    succeed((int) SET_MASK.invokeExact(attributes, none));
    succeed((int) SET_DEFAULTS.invokeExact(attributes, all));
    succeed((int) SET_FLAGS.invokeExact(attributes, (short) (SETSIGDEF | SETSIGMASK | SETSID)));
  }

  /** Our descriptors lie above all targets, so that no dup2 covers the source of a later one. */
  private static void fill(MemorySegment actions, Image image, SegmentAllocator arena)
      throws Throwable {
    var targets = new TreeMap<>(image.descriptors());
    var highest = Math.max(2, targets.isEmpty() ? 0 : targets.lastKey());
    var nothing = arena.allocateFrom("/dev/null");
    for (var target = 0; target <= highest; target++) {
      var source = targets.get(target);
      if (source != null) {
        succeed((int) ADD_DUP2.invokeExact(actions, (int) source, target));
      } else if (target <= 2) {
        succeed((int) ADD_OPEN.invokeExact(actions, target, nothing, O_RDWR, 0));
      } else {
        succeed((int) ADD_CLOSE.invokeExact(actions, target));
      }
    }
    succeed((int) ADD_CLOSE_FROM.invokeExact(actions, highest + 1));
    succeed((int) ADD_CHDIR.invokeExact(actions, arena.allocateFrom(image.directory().toString())));
  }

  private static List<String> withName(Image image) {
    var all = new ArrayList<String>(image.arguments().size() + 1);
    all.add(image.name());
    all.addAll(image.arguments());
    return all;
  }

  private static MemorySegment strings(SegmentAllocator arena, List<String> texts) {
    var array = arena.allocate(ADDRESS, texts.size() + 1L);
    for (var i = 0; i < texts.size(); i++) {
      array.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i)));
    }
    array.setAtIndex(ADDRESS, texts.size(), MemorySegment.NULL);
    return array;
  }

  private static MethodHandle onStruct(String name) {
    return Libc.plain(name, FunctionDescriptor.of(JAVA_INT, ADDRESS));
  }

  private static void succeed(int error) throws SyscallFailure {
    if (error != 0) {
      throw new SyscallFailure("posix_spawn", error);
    }
  }
}
