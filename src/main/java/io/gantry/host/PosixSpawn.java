package io.gantry.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
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
  private static final CFunction SPAWN = CFunction.ints("posix_spawn");
  // SAFETY: int posix_spawnattr_init(attributes *); the segment is larger than the struct.
  private static final CFunction ATTRIBUTES_INIT = CFunction.ints("posix_spawnattr_init");
  // SAFETY: int posix_spawnattr_destroy(attributes *), after an init.
  private static final CFunction ATTRIBUTES_DESTROY = CFunction.ints("posix_spawnattr_destroy");
  // SAFETY: int posix_spawnattr_setflags(attributes *, short).
  private static final CFunction SET_FLAGS = CFunction.ints("posix_spawnattr_setflags");
  // SAFETY: int posix_spawnattr_setsigmask(attributes *, const sigset_t *); copies the set.
  private static final CFunction SET_MASK = CFunction.ints("posix_spawnattr_setsigmask");
  // SAFETY: int posix_spawnattr_setsigdefault(attributes *, const sigset_t *); copies the set.
  private static final CFunction SET_DEFAULTS = CFunction.ints("posix_spawnattr_setsigdefault");
  // SAFETY: int posix_spawn_file_actions_init(file_actions *); the segment is larger.
  private static final CFunction ACTIONS_INIT = CFunction.ints("posix_spawn_file_actions_init");
  // SAFETY: int posix_spawn_file_actions_destroy(file_actions *), after an init.
  private static final CFunction ACTIONS_DESTROY =
      CFunction.ints("posix_spawn_file_actions_destroy");
  // SAFETY: int posix_spawn_file_actions_adddup2(file_actions *, int, int).
  private static final CFunction ADD_DUP2 = CFunction.ints("posix_spawn_file_actions_adddup2");
  // SAFETY: int posix_spawn_file_actions_addopen(file_actions *, int, const char *, int, mode_t);
  // copies the path.
  private static final CFunction ADD_OPEN = CFunction.ints("posix_spawn_file_actions_addopen");
  // SAFETY: int posix_spawn_file_actions_addclose(file_actions *, int).
  private static final CFunction ADD_CLOSE = CFunction.ints("posix_spawn_file_actions_addclose");
  // SAFETY: int posix_spawn_file_actions_addclosefrom_np(file_actions *, int); glibc 2.34.
  private static final CFunction ADD_CLOSE_FROM =
      CFunction.ints("posix_spawn_file_actions_addclosefrom_np");
  // SAFETY: int posix_spawn_file_actions_addchdir_np(file_actions *, const char *); copies the
  // path.
  private static final CFunction ADD_CHDIR = CFunction.ints("posix_spawn_file_actions_addchdir_np");

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
      succeed(Libc.plain(ATTRIBUTES_INIT, attributes.address()));
      succeed(Libc.plain(ACTIONS_INIT, actions.address()));
      try {
        fill(attributes, arena);
        fill(actions, image, arena);
        return spawn(image, actions, attributes, arena);
      } finally {
        succeed(Libc.plain(ACTIONS_DESTROY, actions.address()));
        succeed(Libc.plain(ATTRIBUTES_DESTROY, attributes.address()));
      }
    }
  }

  private static int spawn(
      Image image, MemorySegment actions, MemorySegment attributes, Arena arena)
      throws SyscallFailure {
    var pid = arena.allocate(JAVA_INT);
    var program = arena.allocateFrom(image.program().toString());
    var arguments = strings(arena, withName(image));
    var environment =
        strings(
            arena,
            image.environment().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList());
    var error =
        Libc.plain(
            SPAWN,
            pid.address(),
            program.address(),
            actions.address(),
            attributes.address(),
            arguments.address(),
            environment.address());
    if (error != 0) {
      throw new SyscallFailure(image.program().toString(), (int) error);
    }
    return pid.get(JAVA_INT, 0);
  }

  /** A clean mask, default dispositions and a session of its own. */
  private static void fill(MemorySegment attributes, SegmentAllocator arena) throws SyscallFailure {
    var none = arena.allocate(SIGNALS_BYTES, 8);
    // sigfillset(3) leaves out the two signals that glibc keeps for itself, and which it makes
    // ignored in a child that does not ask for their defaults.
    var all = arena.allocate(SIGNALS_BYTES, 8).fill((byte) 0xff);
    succeed(Libc.plain(SET_MASK, attributes.address(), none.address()));
    succeed(Libc.plain(SET_DEFAULTS, attributes.address(), all.address()));
    succeed(Libc.plain(SET_FLAGS, attributes.address(), SETSIGDEF | SETSIGMASK | SETSID));
  }

  /** Our descriptors lie above all targets, so that no dup2 covers the source of a later one. */
  private static void fill(MemorySegment actions, Image image, SegmentAllocator arena)
      throws SyscallFailure {
    var targets = new TreeMap<>(image.descriptors());
    var highest = Math.max(2, targets.isEmpty() ? 0 : targets.lastKey());
    var nothing = arena.allocateFrom("/dev/null");
    for (var target = 0; target <= highest; target++) {
      var source = targets.get(target);
      if (source != null) {
        succeed(Libc.plain(ADD_DUP2, actions.address(), (int) source, target));
      } else if (target <= 2) {
        succeed(Libc.plain(ADD_OPEN, actions.address(), target, nothing.address(), O_RDWR, 0));
      } else {
        succeed(Libc.plain(ADD_CLOSE, actions.address(), target));
      }
    }
    succeed(Libc.plain(ADD_CLOSE_FROM, actions.address(), highest + 1));
    succeed(
        Libc.plain(
            ADD_CHDIR,
            actions.address(),
            arena.allocateFrom(image.directory().toString()).address()));
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

  private static void succeed(long error) throws SyscallFailure {
    if (error != 0) {
      throw new SyscallFailure("posix_spawn", (int) error);
    }
  }
}
