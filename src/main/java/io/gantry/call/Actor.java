package io.gantry.call;

/** Who asks, for the audit: a kind of door and a name at it. */
public record Actor(String door, String name) {
  /** The daemon itself. */
  public static final Actor DAEMON = new Actor("daemon", "gantryd");

  /** The caller at the CRI socket. */
  public static final Actor CRI = new Actor("cri", "kubelet");
}
