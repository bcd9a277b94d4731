package io.gantry.streaming;

/** A client broke the rules of SPDY so that what follows cannot be understood. */
final class SpdyViolation extends Exception {
  private static final long serialVersionUID = 1;

  SpdyViolation(String message) {
    super(message);
  }
}
