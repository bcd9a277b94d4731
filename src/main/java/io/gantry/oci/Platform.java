package io.gantry.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.jspecify.annotations.Nullable;

/** A platform as images name it (image-spec, image-index.md): Go's names for both. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Platform(String os, String architecture, @Nullable String variant) {
  /** The one this daemon runs on. */
  public static Platform host() {
    return new Platform(
        "linux",
        switch (System.getProperty("os.arch", "")) {
          case "aarch64" -> "arm64";
          case "amd64", "x86_64" -> "amd64";
          case String other -> other;
        },
        null);
  }

  /**
   * Whether what was made for {@code other} runs here. A variant must be the oldest of its
   * architecture, which every processor of it has: v1 of amd64, v8 of arm64.
   */
  public boolean runs(Platform other) {
    return os.equals(other.os)
        && architecture.equals(other.architecture)
        && isOldest(other.architecture, other.variant == null ? "" : other.variant);
  }

  /** Whether it is WebAssembly, of any version of WASI: for handlers that run such modules. */
  public boolean isWasm() {
    return architecture.equals("wasm") && os.startsWith("wasi");
  }

  private static boolean isOldest(String architecture, String variant) {
    return variant.isEmpty()
        || (architecture.equals("amd64") && variant.equals("v1"))
        || (architecture.equals("arm64") && variant.equals("v8"));
  }
}
