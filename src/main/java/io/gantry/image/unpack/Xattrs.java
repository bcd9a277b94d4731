package io.gantry.image.unpack;

import java.util.Set;

/** Which extended attributes an image may bring. */
final class Xattrs {
  private static final Set<String> SYSTEM =
      Set.of("security.capability", "system.posix_acl_access", "system.posix_acl_default");

  private Xattrs() {}

  /**
   * Labels and signatures of security modules are the host's to give, and overlayfs's own marks
   * would let a layer name directories of others. They are left out without a word, as they come
   * from hosts where images are built.
   */
  static boolean wanted(String name) {
    return SYSTEM.contains(name)
        || (name.startsWith("user.") && !name.startsWith("user.overlay."))
        || (name.startsWith("trusted.") && !name.startsWith("trusted.overlay."));
  }
}
