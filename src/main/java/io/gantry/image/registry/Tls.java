package io.gantry.image.registry;

import java.util.List;

/**
 * How a server's certificate is checked, and what is shown to one that asks for ours.
 *
 * @param skipVerify the server's is not checked at all
 * @param authorities PEM certificates that are trusted besides the system's; may be empty
 * @param identities our own, of which TLS chooses what the server's authorities have signed
 */
record Tls(boolean skipVerify, String authorities, List<Identity> identities) {
  static final Tls SYSTEM = new Tls(false, "", List.of());
  static final Tls UNCHECKED = new Tls(true, "", List.of());

  /** A certificate with its chain, and its key, both PEM. Never printed. */
  record Identity(String certificate, String key) {
    @Override
    public String toString() {
      return "Identity[hidden]";
    }
  }

  Tls {
    identities = List.copyOf(identities);
  }

  /** The same authorities, asked in any case: for where a password goes. */
  Tls verifying() {
    return new Tls(false, authorities, List.of());
  }

  /** The same checks without a certificate of ours: for other servers than the one it is for. */
  Tls anonymous() {
    return new Tls(skipVerify, authorities, List.of());
  }
}
