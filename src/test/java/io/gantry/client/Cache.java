package io.gantry.client;

import java.nio.file.Path;
import java.util.Optional;

/** Where the scripts of src/test/conformance put what they build. */
public final class Cache {
  private Cache() {}

  public static Path path(String name) {
    return Optional.ofNullable(System.getenv("GANTRY_CACHE"))
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "gantry"))
        .resolve(name);
  }
}
