package io.gantry.runtime;

import org.jspecify.annotations.Nullable;

/**
 * SELinux labels as {@code user:role:type:level}; null for none.
 *
 * @param process of a process; with none it gets what the policy says of whoever starts it
 * @param files of its root and of what is mounted for it
 */
public record Labels(@Nullable String process, @Nullable String files) {
  public static final Labels NONE = new Labels(null, null);
}
