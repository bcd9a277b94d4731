package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.oci.Platform;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentsTest {
  private static final Digest DIGEST = new Digest("sha256:" + "a".repeat(64));
  private static final String CONFIG =
      "{'mediaType': 'application/vnd.oci.image.config.v1+json', 'digest': '%s', 'size': 5}"
          .formatted(DIGEST);

  private static Resolved image(String text) {
    var bytes = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return Documents.image(DIGEST, DIGEST, Documents.read(bytes));
  }

  private static String manifest(String layers) {
    return "{'schemaVersion': 2, 'config': " + CONFIG + ", 'layers': [" + layers + "]}";
  }

  private static String layer(String fields) {
    return "{'digest': '" + DIGEST + "', 'size': 7" + fields + "}";
  }

  @Test
  void anImageHasItsParts() {
    // When
    var image =
        image(
            manifest(layer(", 'mediaType': 'application/vnd.docker.image.rootfs.diff.tar.gzip'")));

    // Then
    assertThat(image.config().size()).isEqualTo(5);
    assertThat(image.layers())
        .singleElement()
        .satisfies(layer -> assertThat(layer.size()).isEqualTo(7));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'schemaVersion': 2, 'layers': [], 'manifests': []} | both layers and manifests",
        "{'schemaVersion': 2} | neither layers nor manifests",
        "{'schemaVersion': 1, 'fsLayers': []} | schema 1",
        "{'schemaVersion': 3, 'layers': []} | schemaVersion 3",
        "{'schemaVersion': 2, 'layers': [], 'layers': []} | uplicate",
        "{'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'layers': []}"
            + " | with layers",
        "{'schemaVersion': 2, 'layers': []} | no config",
        "[] | schemaVersion 0",
        "null | schemaVersion 0",
        "{ | not readable",
        "{'schemaVersion': 2, 'layers': [], 'config': {'size': 5}} | without digest",
        "{'schemaVersion': 2, 'layers': [], 'config': {'digest': '../x', 'size': 5}} | digest:"
            + " '../x'",
        "{'schemaVersion': 2, 'layers': [], 'config': {'mediaType':"
            + " 'application/vnd.cncf.helm.config.v1+json', 'digest':"
            + " 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'size':"
            + " 5}} | an image, not an artifact"
      })
  void whatIsNoImageIsRefused(String text, String message) {
    assertThatThrownBy(() -> image(text))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        ", 'urls': ['https://elsewhere.test'] | from elsewhere",
        ", 'mediaType': 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' | from"
            + " elsewhere",
        ", 'mediaType': 'application/vnd.oci.image.layer.nondistributable.v1.tar' | from elsewhere",
        ", 'mediaType': 'application/vnd.wasm.content.layer.v1+wasm' | not an artifact"
      })
  void layersFromElsewhereAreRefused(String fields, String message) {
    assertThatThrownBy(() -> image(manifest(layer(fields))))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining(message);
  }

  /** Newer variants would end in SIGILL on the processors that lack them. */
  @Test
  void onlyTheVariantThatEveryProcessorHasIsChosen() {
    // Given
    var amd = new Platform("linux", "amd64", null);
    var arm = new Platform("linux", "arm64", null);

    // Then
    assertThat(amd.runs(new Platform("linux", "amd64", "v1"))).isTrue();
    assertThat(amd.runs(new Platform("linux", "amd64", "v3"))).isFalse();
    assertThat(arm.runs(new Platform("linux", "arm64", "v8"))).isTrue();
    assertThat(arm.runs(new Platform("linux", "arm64", "v9"))).isFalse();
    assertThat(arm.runs(new Platform("linux", "arm", "v7"))).isFalse();
  }

  @Test
  void anAttestationIsNeverChosen() {
    // Given
    var index =
        Documents.read(
            ("{'schemaVersion': 2, 'manifests': ["
                    + layer(", 'platform': {'os': 'unknown', 'architecture': 'unknown'}")
                    + ","
                    + layer(", 'platform': {'os': 'linux'}")
                    + "]}")
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8));

    // Then
    assertThatThrownBy(() -> Documents.choose(index, Platform.host()))
        .hasMessageContaining("no image for this platform");
  }
}
