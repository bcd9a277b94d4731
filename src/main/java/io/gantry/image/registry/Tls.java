package io.gantry.image.registry;

/**
 * How a server's certificate is checked.
 *
 * @param skipVerify not at all
 * @param authorities PEM certificates that are trusted besides the system's; may be empty
 */
record Tls(boolean skipVerify, String authorities) {
  static final Tls SYSTEM = new Tls(false, "");
  static final Tls UNCHECKED = new Tls(true, "");

  /** The same authorities, asked in any case: for where a password goes. */
  Tls verifying() {
    return new Tls(false, authorities);
  }
}
