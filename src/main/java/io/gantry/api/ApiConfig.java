package io.gantry.api;

import java.nio.file.Path;

/** Where the REST API is served. */
public record ApiConfig(Path socket) {
  /** As much as a request may bring. */
  static final int BODY_BYTES_MAX = 1 << 20;
}
