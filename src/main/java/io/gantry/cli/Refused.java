package io.gantry.cli;

/** The daemon said no, or said nothing; {@code exitCode} tells which. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1;

  static final int NO = 1;
  static final int NO_ANSWER = 3;

  private final int exitCode;

  Refused(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  /**
   * The daemon was there, and is no more.
   *
   * @param when in the middle of what
   */
  static Refused gone(Route route, String when) {
    return new Refused(
        NO_ANSWER,
        "daemon: "
            + route.where()
            + ": it went away in the middle of "
            + when
            + " (expected: gantryd to go on; its log says why it ended, containers run on, and what"
            + " was asked can be asked again once it is started)");
  }

  int exitCode() {
    return exitCode;
  }
}
