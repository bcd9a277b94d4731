package io.gantry.sandbox;

import io.gantry.errors.RuntimeFault;

/** What the kubelet knows a sandbox by. No two sandboxes of one node share all four. */
public record PodName(String namespace, String name, String uid, int attempt) {
  public PodName {
    if (name.isEmpty() || namespace.isEmpty() || uid.isEmpty()) {
      throw RuntimeFault.invalid(
          "sandbox metadata: name '%s', namespace '%s', uid '%s' (expected: none of them empty)"
              .formatted(name, namespace, uid));
    }
  }

  @Override
  public String toString() {
    return namespace + "/" + name + " (uid " + uid + ", attempt " + attempt + ")";
  }
}
