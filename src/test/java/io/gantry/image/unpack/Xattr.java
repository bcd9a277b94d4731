package io.gantry.image.unpack;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Extended attributes of files, of every namespace; links are not followed. */
@SuppressWarnings("restricted") // the JDK shows only those of users
public final class Xattr {
  private static final int BYTES_MAX = 64 * 1024;

  // SAFETY: ssize_t lgetxattr(const char *, const char *, void *, size_t); the size is the
  // buffer's.
  private static final MethodHandle GET =
      handle("lgetxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
  // SAFETY: ssize_t llistxattr(const char *, char *, size_t); the size is the buffer's.
  private static final MethodHandle LIST =
      handle("llistxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));

  private Xattr() {}

  private static MethodHandle handle(String name, FunctionDescriptor type) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  private interface Invocation {
    long into(MemorySegment buffer) throws Throwable;
  }

  /** The value; nothing if there is none. */
  public static byte[] get(Path file, String name) {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(file.toString());
      var attribute = arena.allocateFrom(name);
      return read(
          arena, buffer -> (long) GET.invokeExact(path, attribute, buffer, buffer.byteSize()));
    }
  }

  public static List<String> names(Path file) {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(file.toString());
      var names = read(arena, buffer -> (long) LIST.invokeExact(path, buffer, buffer.byteSize()));
      return Arrays.stream(new String(names, StandardCharsets.UTF_8).split("\0", -1))
          .filter(name -> !name.isEmpty())
          .sorted()
          .toList();
    }
  }

  private static byte[] read(Arena arena, Invocation invocation) {
    try {
      var buffer = arena.allocate(BYTES_MAX);
      var length = invocation.into(buffer);
      return buffer.asSlice(0, Math.max(0, length)).toArray(JAVA_BYTE);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }
}
