package io.gantry.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image manifest, or an index of them, as it came: OCI (image-spec, manifest.md and
 * image-index.md) or Docker schema 2. A document with both {@code layers} and {@code manifests} is
 * ambiguous and refused by whoever reads it (CVE-2021-41190).
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable Descriptor config,
    @Nullable List<Descriptor> layers,
    @Nullable List<Descriptor> manifests) {}
