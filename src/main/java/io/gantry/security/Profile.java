package io.gantry.security;

import io.gantry.errors.RuntimeFault;

/**
 * A profile as it is asked for.
 *
 * @param reference with {@link Kind#LOCALHOST} the path of a seccomp profile or the name of a
 *     loaded AppArmor profile; otherwise empty
 */
public record Profile(Kind kind, String reference) {
  /** CRI {@code SecurityProfile.ProfileType}. */
  public enum Kind {
    RUNTIME_DEFAULT,
    UNCONFINED,
    LOCALHOST
  }

  private static final String LOCALHOST_PREFIX = "localhost/";

  public static final Profile RUNTIME_DEFAULT = new Profile(Kind.RUNTIME_DEFAULT, "");
  public static final Profile UNCONFINED = new Profile(Kind.UNCONFINED, "");

  /** One of the node, with or without the {@code localhost/} that older clients put before it. */
  public static Profile localhost(String reference) {
    return new Profile(
        Kind.LOCALHOST,
        reference.startsWith(LOCALHOST_PREFIX)
            ? reference.substring(LOCALHOST_PREFIX.length())
            : reference);
  }

  /**
   * The string form that came before: {@code runtime/default}, {@code unconfined} or {@code
   * localhost/…}.
   *
   * @param what names it in a fault
   */
  public static Profile parse(String what, String text) {
    return switch (text) {
      case "runtime/default", "docker/default" -> RUNTIME_DEFAULT;
      case "unconfined" -> UNCONFINED;
      default -> {
        if (!text.startsWith(LOCALHOST_PREFIX)) {
          throw RuntimeFault.invalid(
              what + ": '" + text + "' (expected: runtime/default, unconfined or localhost/…)");
        }
        yield localhost(text);
      }
    };
  }
}
