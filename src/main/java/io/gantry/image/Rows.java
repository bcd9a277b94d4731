package io.gantry.image;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.oci.ImageConfig;
import io.gantry.state.Change;
import io.gantry.state.FactDraft;
import io.gantry.state.Json;
import io.gantry.state.Row;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Records of images and layers as rows and back. An image's configuration as it came has a row of
 * its own, which no start needs to read.
 */
final class Rows {
  static final String IMAGE = "image";
  static final String LAYER = "layer";
  static final String CONFIG = "image-config";

  private static final String OWNER = "cri";

  /** No boot and no request means anything to an image. */
  private static final String NONE = "";

  private record ImageBody(
      List<String> tags,
      List<String> digests,
      long sizeBytes,
      ImageConfig config,
      List<String> layers,
      Instant pulledAt) {}

  private record LayerBody(
      List<String> blobs, long bytes, long inodes, boolean opaque, boolean loose) {}

  private record ConfigBody(String text) {}

  private Rows() {}

  static Row of(Image image) {
    return new Row(IMAGE, image.id().value(), OWNER, NONE, NONE, Json.text(body(image)));
  }

  private static ImageBody body(Image image) {
    return new ImageBody(
        image.tags(),
        image.digests(),
        image.sizeBytes(),
        image.config(),
        texts(image.layers()),
        image.pulledAt());
  }

  static Row of(Layer layer) {
    var body =
        new LayerBody(
            texts(layer.blobs()), layer.bytes(), layer.inodes(), layer.opaque(), layer.loose());
    return new Row(LAYER, layer.diffId().value(), OWNER, NONE, NONE, Json.text(body));
  }

  /** The configuration as the registry sent it. */
  static Row config(Digest id, Buffer content) {
    var body = new ConfigBody(content.toString());
    return new Row(CONFIG, id.value(), OWNER, NONE, NONE, Json.text(body));
  }

  /** What {@link #config} was made of. */
  static Buffer content(Row row) {
    return Buffer.buffer(Json.decode(row.body(), ConfigBody.class).text());
  }

  static Image image(Row row) {
    var body = Json.decode(row.body(), ImageBody.class);
    if (body.tags() == null
        || body.digests() == null
        || body.config() == null
        || body.layers() == null
        || body.pulledAt() == null) {
      throw RuntimeFault.internal("image record: " + row.id() + ": a field is missing", null);
    }
    return new Image(
        new Digest(row.id()),
        body.tags(),
        body.digests(),
        body.sizeBytes(),
        body.config(),
        body.layers().stream().map(Digest::new).toList(),
        body.pulledAt());
  }

  static Layer layer(Row row) {
    var body = Json.decode(row.body(), LayerBody.class);
    Set<Digest> blobs =
        body.blobs() == null
            ? Set.of()
            : body.blobs().stream().map(Digest::new).collect(Collectors.toSet());
    return new Layer(
        new Digest(row.id()), blobs, body.bytes(), body.inodes(), body.opaque(), body.loose());
  }

  static Change.Key key(Layer layer) {
    return new Change.Key(LAYER, layer.diffId().value());
  }

  static List<Change.Key> keys(Image image) {
    var id = image.id().value();
    return List.of(new Change.Key(IMAGE, id), new Change.Key(CONFIG, id));
  }

  static FactDraft pulled(Image image) {
    return fact("ImagePulled", image);
  }

  static FactDraft removed(Image image) {
    return fact("ImageRemoved", image);
  }

  private static FactDraft fact(String type, Image image) {
    var id = image.id().value();
    return new FactDraft(type, id, Json.encode(body(image)).put("id", id));
  }

  private static List<String> texts(Collection<Digest> digests) {
    return digests.stream().map(Digest::value).toList();
  }
}
