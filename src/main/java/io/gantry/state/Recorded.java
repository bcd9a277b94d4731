package io.gantry.state;

/** An object that is kept as a {@link Row}: an immutable record, replaced as a whole. */
public interface Recorded {
  /** Its id as text, unique within its kind. */
  String key();

  String owner();

  String bootId();

  String requestHash();

  /** What to tell when it has become what it is now, such as {@code SandboxReady}. */
  String fact();
}
