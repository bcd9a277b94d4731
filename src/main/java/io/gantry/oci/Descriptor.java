package io.gantry.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.gantry.ids.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What points at content (image-spec, descriptor.md). {@code size} is in bytes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Descriptor(
    @Nullable String mediaType,
    String digest,
    long size,
    @Nullable List<String> urls,
    @Nullable Platform platform) {

  /** The digest, checked. */
  public Digest checkedDigest() {
    return new Digest(digest);
  }
}
