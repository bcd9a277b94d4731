package io.gantry.load;

import io.gantry.client.DemoImage;
import io.gantry.client.RegistryPush;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * PullImage of an image that is not there: four layers of a thousand files each, made of words, so
 * that they compress as programs and texts do.
 */
final class Pulls implements Scenario {
  private static final int LAYERS = 4;
  private static final int FILES = 1000;
  private static final int FILE_BYTES = 12 << 10;
  private static final String REPOSITORY = "load/layers";

  private final URI registry;
  private final String host;
  private final int rounds;

  /**
   * @param host what references name; every peer has it sent to {@code registry}
   */
  Pulls(URI registry, String host, int rounds) {
    this.registry = registry;
    this.host = host;
    this.rounds = rounds;
  }

  @Override
  public void run(Bench bench) {
    push();
    var image = host + "/" + REPOSITORY + ":1";
    for (var round = -1; round < rounds; round++) {
      var counts = round >= 0;
      bench.alternate(Math.abs(round), peer -> pull(bench, peer, image, counts));
    }
  }

  private static void pull(Bench bench, Peer peer, String image, boolean counts) {
    var before = bench.phases().now(peer);
    var pulled = Timed.of(() -> peer.cri().pull(image));
    if (counts) {
      bench.samples().add("PullImage, 4 layers, 48 MB", peer, pulled.millis());
      bench.phases().add("PullImage", pulled.millis(), before, bench.phases().now(peer));
    }
    Timed.await(peer.cri().removeImage(image));
  }

  private void push() {
    try (var push = new RegistryPush(registry)) {
      var blobs = new ArrayList<byte[]>();
      var layers = new ArrayList<String>();
      var diffIds = new ArrayList<String>();
      for (var i = 0; i < LAYERS; i++) {
        var tar = tar(i);
        var layer = gzip(tar);
        blobs.add(layer);
        diffIds.add('"' + DemoImage.digest(tar) + '"');
        layers.add(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer));
      }
      var config =
          """
          {"architecture":"amd64","os":"linux","config":{},
           "rootfs":{"type":"layers","diff_ids":[%s]}}
          """
              .formatted(String.join(",", diffIds))
              .getBytes(java.nio.charset.StandardCharsets.UTF_8);
      blobs.add(config);
      var manifest =
          """
          {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}
          """
              .formatted(
                  DemoImage.MANIFEST_TYPE,
                  descriptor("application/vnd.oci.image.config.v1+json", config),
                  String.join(",", layers))
              .getBytes(java.nio.charset.StandardCharsets.UTF_8);
      push.push(REPOSITORY, "1", manifest, blobs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String descriptor(String type, byte[] blob) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(type, DemoImage.digest(blob), blob.length);
  }

  private static byte[] tar(int layer) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var random = new Random(layer);
    var words = words(random);
    try (var tar = new TarArchiveOutputStream(bytes)) {
      for (var i = 0; i < FILES; i++) {
        var content = content(random, words);
        var entry = new TarArchiveEntry("usr/share/l%d/d%d/f%d".formatted(layer, i % 20, i));
        entry.setModTime(0L);
        entry.setIds(0, 0);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static List<String> words(Random random) {
    return random
        .ints(4000, 3, 12)
        .mapToObj(
            length ->
                random
                    .ints(length, 'a', 'z' + 1)
                    .mapToObj(letter -> String.valueOf((char) letter))
                    .collect(Collectors.joining()))
        .toList();
  }

  private static byte[] content(Random random, List<String> words) {
    var text = new StringBuilder();
    while (text.length() < FILE_BYTES) {
      text.append(words.get(random.nextInt(words.size()))).append(' ');
    }
    return text.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    }
    return bytes.toByteArray();
  }
}
