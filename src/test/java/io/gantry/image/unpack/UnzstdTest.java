package io.gantry.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.util.Native;
import io.gantry.errors.RuntimeFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class UnzstdTest {
  private static final byte[] CONTENT = content();

  private static byte[] content() {
    var bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    Arrays.fill(bytes, 1000, 200_000, (byte) 7);
    return bytes;
  }

  /** Through the door that a layer takes, which loads the library where it should. */
  @BeforeAll
  static void load() throws IOException {
    try (var unzstd = new Unzstd(new ByteArrayInputStream(new byte[0]))) {
      assertThat(Native.isLoaded()).isTrue();
      assertThat(unzstd.markSupported()).isFalse();
    }
  }

  private static byte[] unzstd(byte[] compressed) throws IOException {
    try (var unzstd = new Unzstd(new ByteArrayInputStream(compressed))) {
      return unzstd.readAllBytes();
    }
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (var part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void framesAreReadToTheLast() throws IOException {
    // Given
    var skippable = new byte[] {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
    var frame = Zstd.compress(CONTENT);

    // When
    var plain = unzstd(joined(frame, skippable, Zstd.compress(new byte[0]), frame));

    // Then
    assertThat(plain).isEqualTo(joined(CONTENT, CONTENT));
  }

  @Test
  void everyTruncationAndDamageIsNoticed() {
    // Given
    var frame = checked();

    // Then
    for (var length = 1; length < frame.length; length += 997) {
      var truncated = Arrays.copyOf(frame, length);
      assertThatThrownBy(() -> unzstd(truncated)).isInstanceOf(RuntimeFault.class);
    }
    var damaged = frame.clone();
    damaged[frame.length / 2] ^= 1;
    assertThatThrownBy(() -> unzstd(damaged)).hasMessageContaining("damaged zstd");
    assertThatThrownBy(() -> unzstd(joined(frame, new byte[] {1, 2, 3, 4, 5})))
        .isInstanceOf(RuntimeFault.class);
  }

  private static byte[] checked() {
    try (var context = new ZstdCompressCtx().setChecksum(true)) {
      return context.compress(CONTENT);
    }
  }

  @Test
  void aWindowThatTakesTooMuchMemoryIsRefused() {
    // Given
    // A frame of one empty block with a window of 2 to the power of 10 + 17.
    var frame = new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (17 << 3), 1, 0, 0};

    // Then
    assertThatThrownBy(() -> unzstd(frame)).hasMessageContaining("zstd");
  }

  @Test
  void nothingIsUnpackedToTheFolderOfTemporaryFiles() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("libzstd")))
          .isEmpty();
    }
  }
}
