package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * A function of the C library, called with words: numbers, and the addresses of memory that its
 * caller keeps. All functions are called by one shape, six words in and one out, since the JVM
 * writes a dozen classes for each shape that it links, which was a seventh of the time of a start.
 * In the calling conventions of Linux on x86-64 and arm64 a whole number or a pointer that is one
 * of the first six arguments has a register of its own, variadic or not; what a function does not
 * take is in registers that it does not read.
 */
@SuppressWarnings("restricted") // this is where the restriction is meant to be lifted
public final class CFunction {
  private static final int WORDS_MAX = 6;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARY = LINKER.defaultLookup();

  /** Where {@code errno} is put. */
  public static final StructLayout STATE = Linker.Option.captureStateLayout();

  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  // SAFETY: integers and pointers alone, see above; each function's constant says what it takes.
  private static final MethodHandle SIX_WORDS =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private final MemorySegment address;
  private final boolean wide;

  private CFunction(String name, boolean wide) {
    this.address = LIBRARY.findOrThrow(name);
    this.wide = wide;
  }

  /** A function that returns an {@code int}. */
  public static CFunction ints(String name) {
    return new CFunction(name, false);
  }

  /** A function that returns a {@code long}, a size or a pointer. */
  public static CFunction longs(String name) {
    return new CFunction(name, true);
  }

  /**
   * Calls it.
   *
   * @param state takes the {@code errno} of this call, before the JVM can disturb it
   */
  public long call(MemorySegment state, long... words) {
    if (words.length > WORDS_MAX) {
      throw new IllegalArgumentException(words.length + " words (expected: 6 at most)");
    }
    try {
      var result =
          (long)
              SIX_WORDS.invokeExact(
                  address,
                  state,
                  word(words, 0),
                  word(words, 1),
                  word(words, 2),
                  word(words, 3),
                  word(words, 4),
                  word(words, 5));
      return wide ? result : (int) result;
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable impossible) { // a method handle declares Throwable; a C function throws none
      throw new IllegalStateException(impossible);
    }
  }

  private static long word(long[] words, int index) {
    return index < words.length ? words[index] : 0;
  }

  /** What the call before left in {@code state}. */
  public static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /** To be called by others. */
  MemorySegment address() {
    return address;
  }
}
