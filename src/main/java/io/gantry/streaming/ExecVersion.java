package io.gantry.streaming;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The versions of the protocol for processes that SPDY carries, the newest first. The fifth is the
 * fourth, with a half-close that SPDY has anyway.
 */
enum ExecVersion {
  V5("v5.channel.k8s.io", true, true),
  V4("v4.channel.k8s.io", true, true),
  V3("v3.channel.k8s.io", true, false),
  V2("v2.channel.k8s.io", false, false),
  V1("channel.k8s.io", false, false);

  private final String id;
  private final boolean resizes;
  private final boolean structured;

  ExecVersion(String id, boolean resizes, boolean structured) {
    this.id = id;
    this.resizes = resizes;
    this.structured = structured;
  }

  /** The name on the wire. */
  String id() {
    return id;
  }

  /** Whether a terminal has a stream for its size. */
  boolean resizes() {
    return resizes;
  }

  /** Whether the error stream takes a status. */
  boolean structured() {
    return structured;
  }

  static List<String> ids() {
    return Stream.of(values()).map(ExecVersion::id).toList();
  }

  static Optional<ExecVersion> of(String id) {
    return Stream.of(values()).filter(version -> version.id.equals(id)).findFirst();
  }
}
