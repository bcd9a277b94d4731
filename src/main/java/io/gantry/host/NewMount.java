package io.gantry.host;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A file system that is being configured with fsopen(2) and its relatives: each option has room of
 * its own, while mount(2) takes all of them in one page. Closed in any case.
 */
final class NewMount implements AutoCloseable {
  /** The kernel's limit for the value of an option, the terminating zero included. */
  static final int VALUE_BYTES_MAX = 256;

  private static final long MOVE_MOUNT = 429;
  private static final long FSOPEN = 430;
  private static final long FSCONFIG = 431;
  private static final long FSMOUNT = 432;
  private static final long CLOSE_ON_EXEC = 1;
  private static final long SET_STRING = 1;
  private static final long CREATE = 6;
  private static final long FROM_EMPTY_PATH = 4;
  private static final int MESSAGE_BYTES_MAX = 1024;
  private static final long AT_FDCWD = -100;

  private final String type;
  private final int context;

  private NewMount(String type, int context) {
    this.type = type;
    this.context = context;
  }

  static NewMount of(String type) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(type);
      // SAFETY: fsopen(const char *, unsigned int); the string outlives the call.
      var context = (int) Libc.syscall(type, FSOPEN, name.address(), CLOSE_ON_EXEC);
      return new NewMount(type, context);
    }
  }

  NewMount set(String key, String value) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(key);
      var text = arena.allocateFrom(value);
      // SAFETY: fsconfig(int, unsigned int, const char *, const void *, int); both strings outlive
      // the call, which copies them.
      Libc.syscall(
          type + " " + key + "=" + value,
          FSCONFIG,
          context,
          SET_STRING,
          name.address(),
          text.address(),
          0);
      return this;
    }
  }

  /**
   * Makes the file system and mounts it nowhere.
   *
   * @return a descriptor of its root; the mount is gone when that is closed
   */
  int detached(String what) throws SyscallFailure {
    create(what);
    // SAFETY: fsmount(int, unsigned int, unsigned int) takes no pointer.
    return (int) Libc.syscall(type + " " + what, FSMOUNT, context, CLOSE_ON_EXEC, 0);
  }

  /** Attaches a mount that is not attached anywhere. */
  static void attach(String what, int mount, Path target) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var to = arena.allocateFrom(target.toString());
      var empty = arena.allocateFrom("");
      // SAFETY: move_mount(int, const char *, int, const char *, unsigned int); both strings
      // outlive the call.
      Libc.syscall(
          what + " at " + target,
          MOVE_MOUNT,
          mount,
          empty.address(),
          AT_FDCWD,
          to.address(),
          FROM_EMPTY_PATH);
    }
  }

  private void create(String what) throws SyscallFailure {
    try {
      // SAFETY: fsconfig(int, FSCONFIG_CMD_CREATE, NULL, NULL, 0).
      Libc.syscall(type + " " + what, FSCONFIG, context, CREATE, 0, 0, 0);
    } catch (SyscallFailure failure) {
      throw new SyscallFailure(type + " " + what + reasons(), failure.errno());
    }
  }

  /** What the file system says about it, a message a read. */
  private String reasons() {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocate(MESSAGE_BYTES_MAX);
      var length = Descriptors.read(context, text);
      var said = text.asSlice(0, Math.max(0, length)).toArray(ValueLayout.JAVA_BYTE);
      return " (" + new String(said, StandardCharsets.UTF_8).strip() + ")";
    } catch (SyscallFailure silence) {
      return "";
    }
  }

  @Override
  public void close() {
    Descriptors.close(context);
  }
}
