package io.gantry.streaming;

import io.gantry.errors.RuntimeFault;

/** The streams of a process that a client asked for. */
record Wanted(boolean tty, boolean stdin, boolean stdout, boolean stderr) {
  static Wanted by(ExecRequest request) {
    return new Wanted(request.tty(), request.stdin(), request.stdout(), request.stderr());
  }

  static Wanted by(AttachRequest request) {
    return new Wanted(request.tty(), request.stdin(), request.stdout(), request.stderr());
  }

  static void check(String what, boolean tty, boolean stdin, boolean stdout, boolean stderr) {
    if (tty && stderr) {
      throw RuntimeFault.invalid(
          what + " stderr: true with a tty (expected: false, a terminal has one output)");
    }
    if (!stdin && !stdout && !stderr) {
      throw RuntimeFault.invalid(
          what + " streams: none (expected: at least one of stdin, stdout, stderr)");
    }
  }
}
