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

  int exitCode() {
    return exitCode;
  }
}
