package io.gantry.image;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.gantry.image.store.ImageStore;
import io.gantry.image.store.ImageStore.KeptBlob;
import io.gantry.state.State;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Images into an OCI layout in an archive (image-spec, image-layout.md). Configuration and layers
 * are those that came, so the image's id and the digests of its blobs are the same; but a layer
 * that came compressed in two ways is kept as it came first. The manifest is written anew, and its
 * digest may be another one.
 */
final class Exports {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

  /** A member of the archive: bytes, or a file of that size. */
  private sealed interface Content {
    record Bytes(Buffer bytes) implements Content {}

    record Stored(Path file, long size) implements Content {}
  }

  private final Vertx vertx;
  private final Disk disk;
  private final State state;
  private final ImageStore store;
  private final Map<String, Content> members = new LinkedHashMap<>();
  private final JsonArray index = new JsonArray();

  /** For one archive. */
  Exports(Vertx vertx, Disk disk, State state, ImageStore store) {
    this.vertx = vertx;
    this.disk = disk;
    this.state = state;
    this.store = store;
  }

  /** Writes all of {@code images}, and ends {@code to} if that succeeds. */
  Future<Void> run(List<Image> images, WriteStream<Buffer> to) {
    return state
        .load(Rows.CONFIG)
        .map(
            rows -> {
              var configs = new LinkedHashMap<String, Buffer>();
              rows.forEach(row -> configs.put(row.id(), Rows.content(row)));
              return configs;
            })
        .compose(configs -> collected(images, configs))
        .compose(_ -> written(to));
  }

  private Future<Void> collected(List<Image> images, Map<String, Buffer> configs) {
    Future<Void> done = Future.succeededFuture();
    for (var image : images) {
      done =
          done.compose(
              _ -> blobs(image).compose(blobs -> disk.act(() -> add(image, blobs, configs))));
    }
    return done;
  }

  private Future<List<KeptBlob>> blobs(Image image) {
    var rootfs = image.config().rootfs();
    var diffIds = rootfs == null || rootfs.diffIds() == null ? List.<String>of() : rootfs.diffIds();
    return Future.all(diffIds.stream().map(diffId -> blob(image, new Digest(diffId))).toList())
        .map(all -> all.<KeptBlob>list());
  }

  private Future<KeptBlob> blob(Image image, Digest diffId) {
    return store
        .blob(diffId)
        .map(
            kept ->
                kept.orElseThrow(
                    () ->
                        RuntimeFault.precondition(
                            "image: "
                                + image.id()
                                + ": layer "
                                + diffId
                                + " was not kept as it came (expected: images.keep-blobs when it"
                                + " was pulled)")));
  }

  private void add(Image image, List<KeptBlob> blobs, Map<String, Buffer> configs)
      throws IOException {
    var config = Objects.requireNonNull(configs.get(image.id().value()), "an image has its config");
    var layers = new JsonArray();
    for (var blob : blobs) {
      var size = Files.size(blob.file());
      layers.add(descriptor(LAYER + suffix(blob.file()), blob.digest(), size));
      members.put(member(blob.digest()), new Content.Stored(blob.file(), size));
    }
    members.put(member(image.id()), new Content.Bytes(config));
    var manifest =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MANIFEST)
            .put("config", descriptor(CONFIG, image.id(), config.length()))
            .put("layers", layers)
            .toBuffer();
    var digest = sha256(manifest);
    members.put(member(digest), new Content.Bytes(manifest));
    for (var name : image.tags().isEmpty() ? List.of("") : image.tags()) {
      var entry = descriptor(MANIFEST, digest, manifest.length());
      if (!name.isEmpty()) {
        entry.put(
            "annotations",
            new JsonObject()
                .put("io.containerd.image.name", name)
                .put("org.opencontainers.image.ref.name", name));
      }
      index.add(entry);
    }
  }

  private static JsonObject descriptor(String type, Digest digest, long size) {
    return new JsonObject().put("mediaType", type).put("digest", digest.value()).put("size", size);
  }

  private static String member(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  /** How a blob is compressed is in its first bytes. */
  private static String suffix(Path blob) throws IOException {
    try (var in = Files.newInputStream(blob)) {
      var magic = in.readNBytes(4);
      if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
        return "+gzip";
      }
      return magic.length == 4 && magic[0] == 0x28 && (magic[1] & 0xff) == 0xb5 ? "+zstd" : "";
    }
  }

  private static Digest sha256(Buffer bytes) {
    try {
      return Digest.sha256(MessageDigest.getInstance("SHA-256").digest(bytes.getBytes()));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-2", impossible);
    }
  }

  private Future<Void> written(WriteStream<Buffer> to) {
    var all = new LinkedHashMap<String, Content>();
    all.put("oci-layout", text(new JsonObject().put("imageLayoutVersion", "1.0.0")));
    all.put("index.json", text(new JsonObject().put("schemaVersion", 2).put("manifests", index)));
    all.putAll(members);
    Future<Void> done = Future.succeededFuture();
    for (var member : new ArrayList<>(all.entrySet())) {
      done = done.compose(_ -> put(member.getKey(), member.getValue(), to));
    }
    return done.compose(_ -> to.end(Buffer.buffer(new byte[2 * TarWriter.BLOCK])));
  }

  private static Content text(JsonObject json) {
    return new Content.Bytes(json.toBuffer());
  }

  private Future<Void> put(String name, Content content, WriteStream<Buffer> to) {
    return switch (content) {
      case Content.Bytes(var bytes) ->
          to.write(TarWriter.header(name, bytes.length()))
              .compose(_ -> to.write(bytes))
              .compose(_ -> to.write(TarWriter.padding(bytes.length())));
      case Content.Stored(var file, var size) ->
          to.write(TarWriter.header(name, size))
              .compose(_ -> piped(file, to))
              .compose(_ -> to.write(TarWriter.padding(size)));
    };
  }

  private Future<Void> piped(Path file, WriteStream<Buffer> to) {
    return vertx
        .fileSystem()
        .open(file.toString(), new OpenOptions().setWrite(false).setCreate(false))
        .compose(open -> open.pipe().endOnComplete(false).to(to).eventually(open::close));
  }

  /** Headers of archives: regular files with short names alone. */
  private static final class TarWriter {
    static final int BLOCK = 512;
    private static final long OCTAL_MAX = 077777777777L;

    static Buffer header(String name, long size) {
      var block = new byte[BLOCK];
      text(block, 0, name);
      text(block, 100, "0000644\0" + "0000000\0" + "0000000\0");
      size(block, size);
      text(block, 136, "00000000000\0");
      text(block, 148, "        ");
      block[156] = '0';
      text(block, 257, "ustar\0" + "00");
      var sum = 0;
      for (var value : block) {
        sum += value & 0xff;
      }
      text(block, 148, "%06o\0 ".formatted(sum));
      return Buffer.buffer(block);
    }

    /** In base 256 where octal digits do not reach. */
    private static void size(byte[] block, long size) {
      if (size <= OCTAL_MAX) {
        text(block, 124, "%011o\0".formatted(size));
        return;
      }
      block[124] = (byte) 0x80;
      for (var i = 0; i < 8; i++) {
        block[135 - i] = (byte) (size >> (8 * i));
      }
    }

    private static void text(byte[] block, int at, String text) {
      var bytes = text.getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    static Buffer padding(long size) {
      return Buffer.buffer(new byte[(int) (-size & (BLOCK - 1))]);
    }
  }
}
