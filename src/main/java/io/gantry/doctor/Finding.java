package io.gantry.doctor;

/**
 * One thing that was looked at.
 *
 * @param check its name, a word or two
 * @param found what is there, in a few words
 * @param why what it is needed for
 * @param fix what to do; empty if all is well
 */
public record Finding(String check, Level level, String found, String why, String fix) {
  /** How bad it is, the best first. */
  public enum Level {
    OK,
    /** Pods run; something that some of them ask for does not. */
    WARNING,
    /** No pod runs. */
    BROKEN
  }

  static Finding ok(String check, String found, String why) {
    return new Finding(check, Level.OK, found, why, "");
  }

  static Finding warning(String check, String found, String why, String fix) {
    return new Finding(check, Level.WARNING, found, why, fix);
  }

  static Finding broken(String check, String found, String why, String fix) {
    return new Finding(check, Level.BROKEN, found, why, fix);
  }
}
