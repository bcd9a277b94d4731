package io.gantry.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.oci.Descriptor;
import io.gantry.oci.Manifest;
import io.gantry.oci.Platform;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads manifests and indexes, and refuses what is neither, both, or not of an image. */
final class Documents {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final Set<String> CONFIGS =
      Set.of(
          "application/vnd.oci.image.config.v1+json",
          "application/vnd.docker.container.image.v1+json",
          "application/octet-stream"); // from Docker before 1.10 and from some builders

  private static final Set<String> LAYERS =
      Set.of(
          "application/vnd.oci.image.layer.v1.tar",
          "application/vnd.oci.image.layer.v1.tar+gzip",
          "application/vnd.oci.image.layer.v1.tar+zstd",
          "application/vnd.docker.image.rootfs.diff.tar",
          "application/vnd.docker.image.rootfs.diff.tar.gzip",
          "application/vnd.docker.image.rootfs.diff.tar.zstd");

  private Documents() {}

  /** A document that is an index or a manifest, and not both (CVE-2021-41190). */
  static Manifest read(byte[] bytes) {
    try {
      var tree = JSON.readTree(bytes);
      check(tree);
      return JSON.treeToValue(tree, Manifest.class);
    } catch (JsonProcessingException malformed) {
      throw wrong("not readable: " + malformed.getOriginalMessage(), "JSON of a manifest");
    } catch (IOException impossible) {
      throw new AssertionError("read from memory", impossible);
    }
  }

  private static void check(JsonNode tree) {
    var version = tree.path("schemaVersion").asInt(0);
    if (tree.has("fsLayers") || version == 1) {
      throw wrong("schema 1", "Docker schema 2 or OCI");
    }
    if (version != 2) {
      throw wrong("schemaVersion " + version, "2");
    }
    var index = tree.has("manifests");
    var manifest = tree.has("layers") || tree.has("config");
    if (index == manifest) {
      throw wrong(
          index ? "both layers and manifests" : "neither layers nor manifests", "one of the two");
    }
    var type = tree.path("mediaType").asText("");
    var saysIndex = type.contains("index") || type.contains("manifest.list");
    if (!type.isEmpty() && saysIndex != index) {
      throw wrong("media type " + type + " with " + (index ? "manifests" : "layers"), "its own");
    }
  }

  static boolean isIndex(Manifest document) {
    return document.manifests() != null;
  }

  /** The entry of an index that runs on {@code platform}; failing that, one of WebAssembly. */
  static Descriptor choose(Manifest index, Platform platform) {
    var entries = orEmpty(index.manifests());
    return entries.stream()
        .filter(entry -> entry.platform() != null && runs(platform, entry.platform()))
        .findFirst()
        .or(() -> entries.stream().filter(entry -> isWasm(entry.platform())).findFirst())
        .or(() -> entries.stream().filter(entry -> entry.platform() == null).findFirst())
        .orElseThrow(
            () ->
                RuntimeFault.notFound(
                    "no image for this platform in the index (expected: "
                        + platform.os()
                        + "/"
                        + platform.architecture()
                        + ")"));
  }

  @SuppressWarnings("ConstantValue") // what came from a registry may be null in any field
  private static boolean runs(Platform platform, Platform other) {
    return other.os() != null && other.architecture() != null && platform.runs(other);
  }

  @SuppressWarnings("ConstantValue") // as above
  private static boolean isWasm(@Nullable Platform other) {
    return other != null && other.os() != null && other.architecture() != null && other.isWasm();
  }

  /** The parts of an image's manifest, each checked. */
  static Resolved image(Digest named, Digest digest, Manifest manifest) {
    var config = manifest.config();
    if (config == null || manifest.layers() == null) {
      throw wrong("no config or no layers", "both");
    }
    typed("config", config, CONFIGS);
    if (config.size() == 0) {
      throw wrong("config of 0 bytes", "an image, not an artifact");
    }
    manifest.layers().forEach(Documents::layer);
    return new Resolved(named, digest, config, manifest.layers());
  }

  private static void layer(@Nullable Descriptor layer) {
    if (layer == null) {
      throw wrong("a layer that is null", "a descriptor");
    }
    var type = String.valueOf(layer.mediaType());
    if (!orEmpty(layer.urls()).isEmpty()
        || type.contains("nondistributable")
        || type.contains("foreign")) {
      throw wrong("layer " + layer.digest() + " from elsewhere", "layers in the repository itself");
    }
    typed("layer", layer, LAYERS);
  }

  private static void typed(String what, Descriptor descriptor, Set<String> types) {
    checked(descriptor);
    if (descriptor.mediaType() != null && !types.contains(descriptor.mediaType())) {
      throw wrong(what + " of type " + descriptor.mediaType(), "an image, not an artifact");
    }
  }

  /** The digest of a descriptor that may have none. */
  @SuppressWarnings("ConstantValue") // what came from a registry may be null in any field
  static Digest checked(Descriptor descriptor) {
    if (descriptor.digest() == null || descriptor.size() < 0) {
      throw wrong("a descriptor without digest or size", "both");
    }
    return descriptor.checkedDigest();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static RuntimeFault wrong(String value, String expected) {
    return RuntimeFault.precondition("manifest: " + value + " (expected: " + expected + ")");
  }
}
