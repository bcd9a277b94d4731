package io.gantry.streaming;

/** Which streams of a container's first process somebody wants. */
public record AttachRequest(boolean tty, boolean stdin, boolean stdout, boolean stderr) {
  public AttachRequest {
    Wanted.check("attach", tty, stdin, stdout, stderr);
  }
}
