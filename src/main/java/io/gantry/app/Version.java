package io.gantry.app;

import java.util.Optional;

/** The version of this build. */
final class Version {
  private Version() {}

  /** As the jar's manifest has it; {@code development} outside a jar. */
  static String text() {
    return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
        .orElse("development");
  }
}
