package io.gantry.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * An OCI image of one layer, made of one static busybox: what a registry stores of it.
 *
 * @param layer the layer, compressed
 * @param config the image's configuration
 * @param manifest the manifest that names both
 */
public record DemoImage(byte[] layer, byte[] config, byte[] manifest) {
  public static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "sleep",
          "usleep",
          "echo",
          "cat",
          "ls",
          "ps",
          "hostname",
          "ip",
          "id",
          "true",
          "wget");

  public static DemoImage ofBusybox(Path busybox) {
    try {
      var tar = tar(Files.readAllBytes(busybox));
      var layer = gzip(tar);
      var config = config(digest(tar)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      var manifest = manifest(config, layer).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      return new DemoImage(layer, config, manifest);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The layer as it is unpacked. */
  public static byte[] tarOf(Path busybox) {
    try {
      return tar(Files.readAllBytes(busybox));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the manifest names. */
  public List<byte[]> blobs() {
    return List.of(layer, config);
  }

  /** {@code sha256:…} of {@code bytes}. */
  public static String digest(byte[] bytes) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static byte[] tar(byte[] busybox) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      for (var folder : List.of("bin/", "etc/", "proc/", "sys/", "dev/", "tmp/")) {
        put(tar, new TarArchiveEntry(folder), folder.equals("tmp/") ? 01777 : 0755, new byte[0]);
      }
      put(tar, new TarArchiveEntry("bin/busybox"), 0755, busybox);
      for (var applet : APPLETS) {
        var link = new TarArchiveEntry("bin/" + applet, TarArchiveEntry.LF_SYMLINK);
        link.setLinkName("busybox");
        put(tar, link, 0777, new byte[0]);
      }
    }
    return bytes.toByteArray();
  }

  private static void put(
      TarArchiveOutputStream tar, TarArchiveEntry entry, int mode, byte[] content)
      throws IOException {
    entry.setMode(entry.getMode() & ~07777 | mode);
    entry.setModTime(0L); // the same busybox gives the same digest
    entry.setIds(0, 0);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    }
    return bytes.toByteArray();
  }

  private static String config(String diffId) {
    return """
    {"architecture":"%s","os":"linux",
     "config":{"Env":["PATH=/bin"],"Cmd":["/bin/sh"],"WorkingDir":"/"},
     "rootfs":{"type":"layers","diff_ids":["%s"]}}
    """
        .formatted(architecture(), diffId);
  }

  private static String manifest(byte[] config, byte[] layer) {
    return """
    {"schemaVersion":2,"mediaType":"%s",
     "config":{"mediaType":"%s","digest":"%s","size":%d},
     "layers":[{"mediaType":"%s","digest":"%s","size":%d}]}
    """
        .formatted(
            MANIFEST_TYPE,
            CONFIG_TYPE,
            digest(config),
            config.length,
            LAYER_TYPE,
            digest(layer),
            layer.length);
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "aarch64" -> "arm64";
      default -> "amd64";
    };
  }
}
