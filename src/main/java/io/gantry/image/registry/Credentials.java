package io.gantry.image.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** What to show a registry. Never printed. */
public sealed interface Credentials {
  /** A user name and a password, for HTTP basic or a token server. */
  record Basic(String user, String password) implements Credentials {
    /** Docker's form of both: {@code user:password} in base64. Empty for what is not that. */
    public static Optional<Credentials> decoded(String auth) {
      try {
        var pair =
            new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8)
                .split(":", 2);
        return pair.length == 2
            ? Optional.of(new Basic(pair[0], pair[1].replace("\0", "")))
            : Optional.empty();
      } catch (IllegalArgumentException notBase64) {
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      return "Basic[hidden]";
    }
  }

  /** A refresh token, to be exchanged at the token server. */
  record Identity(String token) implements Credentials {
    @Override
    public String toString() {
      return "Identity[hidden]";
    }
  }

  /** A bearer token that goes to the registry as it is. */
  record Bearer(String token) implements Credentials {
    @Override
    public String toString() {
      return "Bearer[hidden]";
    }
  }
}
