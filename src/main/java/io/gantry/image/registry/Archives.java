package io.gantry.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.gantry.image.registry.ArchiveFile.Region;
import io.gantry.oci.Descriptor;
import io.gantry.oci.Manifest;
import io.gantry.oci.Platform;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Images in archives: OCI layouts (image-spec, image-layout.md) and what {@code docker save} and
 * {@code skopeo copy docker-archive:} write. The archive is hostile: documents are capped, digests
 * verified, and names are looked up among its members and nowhere else.
 */
public final class Archives {
  private static final int DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;
  private static final int CONFIG_BYTES_MAX = 8 * 1024 * 1024;
  private static final int IMAGES_MAX = 1000;
  private static final int INDEXES_MAX = 3;
  private static final String NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * An image of an archive.
   *
   * @param names as the archive has them: full references, or tags alone
   * @param digested whether its manifest came from the archive: one of Docker's has none
   */
  public record Packed(List<String> names, boolean digested, Repository repository) {}

  private final Vertx vertx;
  private final Disk disk;
  private final ArchiveFile archive;

  private Archives(Vertx vertx, Disk disk, ArchiveFile archive) {
    this.vertx = vertx;
    this.disk = disk;
    this.archive = archive;
  }

  /** The images of {@code archive} that run on this platform; never none. */
  public static Future<List<Packed>> read(Vertx vertx, Disk disk, ArchiveFile archive) {
    return disk.run(() -> new Archives(vertx, disk, archive).images());
  }

  private List<Packed> images() throws IOException {
    var found = archive.find("index.json").isPresent() ? layout() : docker();
    if (found.isEmpty()) {
      throw wrong("no image for this platform", Platform.host().toString());
    }
    return found;
  }

  private List<Packed> layout() throws IOException {
    var bytes = document("index.json", DOCUMENT_BYTES_MAX);
    var index = Documents.read(bytes);
    var entries = index.manifests();
    if (entries == null || entries.size() > IMAGES_MAX) {
      throw wrong("index.json without manifests, or too many", IMAGES_MAX + " at most");
    }
    var names = new LinkedHashMap<Digest, List<String>>();
    var annotations = JSON.readTree(bytes).path("manifests");
    for (var i = 0; i < entries.size(); i++) {
      var entry = entries.get(i);
      if (entry.platform() == null || runsHere(entry.platform())) {
        var of = names.computeIfAbsent(Documents.checked(entry), _ -> new ArrayList<>());
        name(annotations.path(i).path("annotations")).ifPresent(of::add);
      }
    }
    var images = new ArrayList<Packed>();
    for (var image : names.entrySet()) {
      var resolved = descend(image.getKey(), image.getKey(), 0);
      images.add(new Packed(image.getValue(), true, repository(resolved, blobs(resolved))));
    }
    return images;
  }

  private static boolean runsHere(Platform platform) {
    return Platform.host().runs(platform) || platform.isWasm();
  }

  private static Optional<String> name(JsonNode annotations) {
    var full = annotations.path(NAME).asText("");
    var name = full.isEmpty() ? annotations.path(REF_NAME).asText("") : full;
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  private Resolved descend(Digest named, Digest digest, int depth) throws IOException {
    var bytes = document(member(digest), DOCUMENT_BYTES_MAX);
    Digests.verify("manifest", bytes, digest);
    Manifest document = Documents.read(bytes);
    if (!Documents.isIndex(document)) {
      return Documents.image(named, digest, document);
    }
    if (depth == INDEXES_MAX) {
      throw wrong("indexes within indexes", INDEXES_MAX + " at most");
    }
    var chosen = Documents.choose(document, Platform.host());
    return descend(named, Documents.checked(chosen), depth + 1);
  }

  private Map<Digest, Region> blobs(Resolved resolved) {
    var blobs = new HashMap<Digest, Region>();
    for (var layer : resolved.layers()) {
      blobs.put(layer.checkedDigest(), region(member(layer.checkedDigest())));
    }
    var config = resolved.config().checkedDigest();
    blobs.put(config, region(member(config)));
    return blobs;
  }

  private static String member(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private List<Packed> docker() throws IOException {
    var list = tree(document("manifest.json", DOCUMENT_BYTES_MAX));
    if (!list.isArray() || list.size() > IMAGES_MAX) {
      throw wrong("manifest.json", "a list of " + IMAGES_MAX + " images at most");
    }
    var images = new ArrayList<Packed>();
    for (var image : list) {
      images.add(docker(image));
    }
    return images;
  }

  /** Docker's list tells no digests: they are taken of what is there. */
  private Packed docker(JsonNode image) throws IOException {
    var regions = new HashMap<Digest, Region>();
    var config = region(image.path("Config").asText(""));
    if (config.size() > CONFIG_BYTES_MAX) {
      throw wrong("config of " + config.size() + " bytes", CONFIG_BYTES_MAX + " at most");
    }
    var layers = new ArrayList<Descriptor>();
    for (var layer : image.path("Layers")) {
      layers.add(descriptor(region(layer.asText("")), regions));
    }
    var names = new ArrayList<String>();
    image.path("RepoTags").forEach(name -> names.add(name.asText("")));
    var described = descriptor(config, regions);
    var digest = described.checkedDigest();
    var resolved = new Resolved(digest, digest, described, layers);
    return new Packed(names, false, repository(resolved, regions));
  }

  private Descriptor descriptor(Region region, Map<Digest, Region> regions) throws IOException {
    var digest = new Digest("sha256:" + digest(archive, region, "SHA-256"));
    regions.put(digest, region);
    return new Descriptor(null, digest.value(), region.size(), null, null);
  }

  /** The hexadecimal digest of a stretch. */
  static String digest(ArchiveFile archive, Region region, String algorithm) throws IOException {
    try (var file = new RandomAccessFile(archive.file().toFile(), "r")) {
      var hash = MessageDigest.getInstance(algorithm);
      var buffer = new byte[256 * 1024];
      file.seek(region.offset());
      for (var left = region.size(); left > 0; ) {
        var count = file.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          throw wrong("truncated", "its end");
        }
        hash.update(buffer, 0, count);
        left -= count;
      }
      return HexFormat.of().formatHex(hash.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-2", impossible);
    }
  }

  private Repository repository(Resolved resolved, Map<Digest, Region> blobs) {
    return new ArchiveRepository(vertx, disk, archive, resolved, Map.copyOf(blobs));
  }

  private Region region(String name) {
    return archive
        .find(name.replaceFirst("^(\\./)+", ""))
        .orElseThrow(() -> wrong("'" + clipped(name) + "' is not in it", "all parts of an image"));
  }

  private static String clipped(String name) {
    return name.substring(0, Math.min(200, name.length())).replaceAll("\\p{Cntrl}", "?");
  }

  private byte[] document(String name, int bytesMax) throws IOException {
    return read(archive, region(name), name, bytesMax);
  }

  static byte[] read(ArchiveFile archive, Region region, String name, int bytesMax)
      throws IOException {
    if (region.size() > bytesMax) {
      throw wrong(clipped(name) + " of " + region.size() + " bytes", bytesMax + " at most");
    }
    try (var file = new RandomAccessFile(archive.file().toFile(), "r")) {
      var bytes = new byte[(int) region.size()];
      file.seek(region.offset());
      file.readFully(bytes);
      return bytes;
    }
  }

  private static JsonNode tree(byte[] bytes) throws IOException {
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException malformed) {
      throw wrong("not readable: " + malformed.getOriginalMessage(), "JSON");
    }
  }

  static RuntimeFault wrong(String value, String expected) {
    return RuntimeFault.precondition("archive: " + value + " (expected: " + expected + ")");
  }
}
