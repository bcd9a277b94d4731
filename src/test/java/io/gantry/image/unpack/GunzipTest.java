package io.gantry.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GunzipTest {
  private static final byte[] CONTENT = content();

  private static byte[] content() {
    var bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    Arrays.fill(bytes, 1000, 200_000, (byte) 7);
    return bytes;
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (var part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Reads it in pieces, as a network would bring it. */
  private static byte[] gunzip(byte[] compressed, int piece) throws IOException {
    var slow =
        new ByteArrayInputStream(compressed) {
          @Override
          public synchronized int read(byte[] into, int offset, int length) {
            return super.read(into, offset, Math.min(length, piece));
          }
        };
    try (var gunzip = new Gunzip(slow)) {
      return gunzip.readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 1000, 1_000_000})
  void membersAreReadToTheLast(int piece) throws IOException {
    // Given
    var compressed =
        joined(TarBytes.gzip(CONTENT), TarBytes.gzip(new byte[0]), TarBytes.gzip(CONTENT));

    // When
    var plain = gunzip(compressed, piece);

    // Then
    assertThat(plain).isEqualTo(joined(CONTENT, CONTENT));
  }

  @Test
  void optionalFieldsOfAHeaderArePassedOver() throws IOException {
    // Given
    var bytes = new ByteArrayOutputStream();
    var parameters = new GzipParameters();
    parameters.setFileName("layer.tar");
    parameters.setComment("none");
    parameters.setHeaderCRC(true);
    try (var gzip = new GzipCompressorOutputStream(bytes, parameters)) {
      gzip.write(CONTENT);
    }

    // Then
    assertThat(gunzip(bytes.toByteArray(), 1000)).isEqualTo(CONTENT);
  }

  @Test
  void everyTruncationIsNoticed() {
    // Given
    var compressed = TarBytes.gzip(Arrays.copyOf(CONTENT, 2000));

    // Then
    for (var length = 1; length < compressed.length; length++) {
      var cut = Arrays.copyOf(compressed, length);
      assertThatThrownBy(() -> gunzip(cut, 1000)).isInstanceOf(RuntimeFault.class);
    }
  }

  @Test
  void damageAndRubbishAreNoticed() {
    // Given
    var compressed = TarBytes.gzip(CONTENT);
    var damaged = compressed.clone();
    damaged[damaged.length - 6] ^= 1;
    var longer = compressed.clone();
    longer[longer.length - 1] ^= 1;

    // Then
    assertThatThrownBy(() -> gunzip(damaged, 1000)).hasMessageContaining("damaged gzip");
    assertThatThrownBy(() -> gunzip(longer, 1000)).hasMessageContaining("damaged gzip");
    assertThatThrownBy(() -> gunzip(joined(compressed, new byte[10]), 1000))
        .hasMessageContaining("bytes after the gzip stream");
  }

  @Test
  void nothingIsNoMemberAtAll() throws IOException {
    assertThat(gunzip(new byte[0], 1)).isEmpty();
  }
}
