package io.gantry.sandbox;

import java.nio.file.Path;

/**
 * How pods are set up on this node.
 *
 * @param run the folder below which their files lie; gone after a reboot
 * @param defaultSysctls whether a pod's network lets every user open ports below 1024 and ping, as
 *     other runtimes have it; what a pod asks for itself comes first
 */
public record SandboxesConfig(Path run, boolean defaultSysctls) {
  /** As most nodes want it. */
  public static SandboxesConfig in(Path run) {
    return new SandboxesConfig(run, true);
  }
}
