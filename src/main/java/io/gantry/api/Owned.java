package io.gantry.api;

import io.gantry.errors.RuntimeFault;

/** What the kubelet made is the kubelet's: changing it behind its back needs a word more. */
final class Owned {
  private static final String KUBELET = "cri";

  private Owned() {}

  static void check(String what, String owner, Asked asked) {
    if (owner.equals(KUBELET) && !asked.flag("override")) {
      throw RuntimeFault.precondition(
          what + ": belongs to the kubelet (expected: override=true to change it all the same)");
    }
  }
}
