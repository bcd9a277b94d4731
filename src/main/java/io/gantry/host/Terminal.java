package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The terminal that this process was started on: for a program that people type to. */
public final class Terminal {
  private static final int INPUT = 0;
  private static final int TCSADRAIN = 1;
  private static final long TIOCGWINSZ = 0x5413;
  private static final long TERMIOS_BYTES = 128; // 60 in glibc, with room for another C library
  private static final long WINSIZE_BYTES = 8;

  // SAFETY: int tcgetattr(int, struct termios *); fills the structure.
  private static final CFunction TCGETATTR = CFunction.ints("tcgetattr");

  // SAFETY: int tcsetattr(int, int, const struct termios *); reads the structure.
  private static final CFunction TCSETATTR = CFunction.ints("tcsetattr");

  // SAFETY: void cfmakeraw(struct termios *); changes a structure that tcgetattr has filled.
  private static final CFunction CFMAKERAW = CFunction.ints("cfmakeraw");

  // SAFETY: int ioctl(int, unsigned long, ...), variadic after the second; with TIOCGWINSZ it fills
  // four shorts.
  private static final CFunction IOCTL = CFunction.ints("ioctl");

  /** In characters. */
  public record Size(int columns, int rows) {}

  private final MemorySegment before;

  private Terminal(MemorySegment before) {
    this.before = before;
  }

  /** The terminal on standard input; empty if that is something else. */
  public static Optional<Terminal> ofInput() {
    var termios = Arena.global().allocate(TERMIOS_BYTES, Long.BYTES);
    var result = Libc.attempt(errno -> TCGETATTR.call(errno, INPUT, termios.address()));
    return result < 0 ? Optional.empty() : Optional.of(new Terminal(termios));
  }

  /** How large it is now; empty if it does not say. */
  public Optional<Size> size() {
    try (var arena = Arena.ofConfined()) {
      var size = arena.allocate(WINSIZE_BYTES, Short.BYTES);
      var result = Libc.attempt(errno -> IOCTL.call(errno, INPUT, TIOCGWINSZ, size.address()));
      var rows = Short.toUnsignedInt(size.get(JAVA_SHORT, 0));
      var columns = Short.toUnsignedInt(size.get(JAVA_SHORT, 2));
      return result < 0 || rows == 0 || columns == 0
          ? Optional.empty()
          : Optional.of(new Size(columns, rows));
    }
  }

  /** Passes on each key as it is typed, that of an interrupt too, and shows none. */
  public void raw() {
    try (var arena = Arena.ofConfined()) {
      var raw = arena.allocate(TERMIOS_BYTES, Long.BYTES).copyFrom(before);
      Libc.plain(CFMAKERAW, raw.address());
      set(raw);
    }
  }

  /** As it was at the beginning. Idempotent. */
  public void restore() {
    set(before);
  }

  /** A terminal that is gone takes nothing, and needs nothing. */
  private static void set(MemorySegment termios) {
    var _ = Libc.attempt(errno -> TCSETATTR.call(errno, INPUT, TCSADRAIN, termios.address()));
  }
}
