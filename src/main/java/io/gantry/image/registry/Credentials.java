package io.gantry.image.registry;

/** What to show a registry. Never printed. */
public sealed interface Credentials {
  /** A user name and a password, for HTTP basic or a token server. */
  record Basic(String user, String password) implements Credentials {
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
