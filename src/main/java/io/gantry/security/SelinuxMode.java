package io.gantry.security;

/** Whether SELinux labels are set. */
public enum SelinuxMode {
  /** Where the host has SELinux and its policy knows containers. */
  AUTO,
  /** Always: a host that has it not is a mistake. */
  REQUIRED,
  /** Never. */
  OFF
}
