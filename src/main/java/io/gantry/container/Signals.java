package io.gantry.container;

import io.gantry.errors.RuntimeFault;
import java.util.List;
import java.util.Locale;

/** Signals by name, as Linux numbers them on x86 and ARM (signal(7)). */
final class Signals {
  static final int TERM = 15;
  static final int KILL = 9;
  private static final int RTMIN = 34;
  private static final int RTMAX = 64;

  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private Signals() {}

  /**
   * The number of {@code SIGTERM}, {@code TERM}, {@code 15}, {@code SIGRTMIN+3}, {@code RTMAX-1}.
   */
  static int number(String text) {
    var upper = text.toUpperCase(Locale.ROOT);
    var name = upper.startsWith("SIG") ? upper.substring(3) : upper;
    var at = NAMES.indexOf(name);
    if (at >= 0) {
      return at + 1;
    }
    var number = realTime(name);
    if (number < 1 || number > RTMAX) {
      throw RuntimeFault.invalid(
          "signal: '" + text + "' (expected: a name such as SIGTERM, or a number from 1 to 64)");
    }
    return number;
  }

  /** {@code SIGTERM}, {@code SIGRTMIN+3}, {@code SIGRTMAX-1}: what {@link #number} takes. */
  static String name(int number) {
    if (number < RTMIN) {
      return number <= NAMES.size() ? "SIG" + NAMES.get(number - 1) : String.valueOf(number);
    }
    if (number == RTMIN || number == RTMAX) {
      return number == RTMIN ? "SIGRTMIN" : "SIGRTMAX";
    }
    var half = (RTMAX - RTMIN + 1) / 2;
    return number <= RTMIN + half ? "SIGRTMIN+" + (number - RTMIN) : "SIGRTMAX-" + (RTMAX - number);
  }

  private static int realTime(String name) {
    if (name.matches("[0-9]{1,2}")) {
      return Integer.parseInt(name);
    }
    if (name.matches("RTMIN(\\+[0-9]{1,2})?")) {
      return RTMIN + offset(name);
    }
    if (name.matches("RTMAX(-[0-9]{1,2})?")) {
      return RTMAX - offset(name);
    }
    return switch (name) {
      case "POLL" -> 29;
      case "IOT" -> 6;
      case "CLD" -> 17;
      default -> -1;
    };
  }

  private static int offset(String name) {
    return name.length() == 5 ? 0 : Integer.parseInt(name.substring(6));
  }
}
