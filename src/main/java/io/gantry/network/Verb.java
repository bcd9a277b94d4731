package io.gantry.network;

import java.util.Locale;

/** What a plugin can be asked to do, each since a version of the specification. */
enum Verb {
  ADD("0.1.0"),
  DEL("0.1.0"),
  CHECK("0.4.0"),
  STATUS("1.1.0"),
  GC("1.1.0");

  private final String since;

  Verb(String since) {
    this.since = since;
  }

  /** Whether plugins of this version of the specification know it. */
  boolean knownIn(String cniVersion) {
    return Chain.VERSIONS.indexOf(cniVersion) >= Chain.VERSIONS.indexOf(since);
  }

  /** In the names of phases. */
  String lower() {
    return name().toLowerCase(Locale.ROOT);
  }
}
