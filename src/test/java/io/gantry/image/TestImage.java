package io.gantry.image;

import io.gantry.ids.Digest;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * An image as a registry stores it.
 *
 * @param layers the blobs, the lowest first
 * @param config the configuration
 * @param manifest the manifest that names them
 */
public record TestImage(List<byte[]> layers, byte[] config, byte[] manifest) {
  /** What the manifest names. */
  public List<byte[]> blobs() {
    var all = new ArrayList<>(layers);
    all.add(config);
    return all;
  }

  static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
  static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

  /** Layers compressed with gzip. */
  static TestImage of(byte[]... archives) {
    return of(new JsonObject(), archives);
  }

  /** With {@code fields} in its configuration besides what must be there. */
  public static TestImage of(JsonObject fields, byte[]... archives) {
    var blobs = new ArrayList<byte[]>();
    var diffIds = new JsonArray();
    for (var archive : archives) {
      blobs.add(TarBytes.gzip(archive));
      diffIds.add(digest(archive).value());
    }
    return of(fields, diffIds, "+gzip", blobs);
  }

  /** Layers as they are. */
  static TestImage uncompressed(byte[]... archives) {
    var diffIds = new JsonArray();
    for (var archive : archives) {
      diffIds.add(digest(archive).value());
    }
    return of(new JsonObject(), diffIds, "", List.of(archives));
  }

  /** A configuration that may lie about its layers. */
  static TestImage of(JsonObject fields, JsonArray diffIds, String suffix, List<byte[]> blobs) {
    var config =
        bytes(
            new JsonObject()
                .put("architecture", architecture())
                .put("os", "linux")
                .put("config", new JsonObject().put("Env", new JsonArray().add("A=b")))
                .put("rootfs", new JsonObject().put("type", "layers").put("diff_ids", diffIds))
                .mergeIn(fields));
    var layers = new JsonArray();
    blobs.forEach(blob -> layers.add(descriptor(LAYER_TYPE + suffix, blob)));
    var manifest =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MANIFEST_TYPE)
            .put("config", descriptor(CONFIG_TYPE, config))
            .put("layers", layers);
    return new TestImage(List.copyOf(blobs), config, bytes(manifest));
  }

  Digest id() {
    return digest(config);
  }

  Digest manifestDigest() {
    return digest(manifest);
  }

  static JsonObject descriptor(String type, byte[] content) {
    return new JsonObject()
        .put("mediaType", type)
        .put("digest", digest(content).value())
        .put("size", content.length);
  }

  static Digest digest(byte[] content) {
    try {
      return Digest.sha256(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }

  static byte[] bytes(JsonObject json) {
    return json.encode().getBytes(StandardCharsets.UTF_8);
  }

  static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }
}
