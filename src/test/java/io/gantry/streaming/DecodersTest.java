package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DecodersTest {
  private static final Path INPUTS =
      Path.of("src/test/resources/io/gantry/streaming/DecodersFuzzInputs/whateverAClientSends");

  static Stream<Path> inputs() throws IOException {
    return Files.list(INPUTS).sorted();
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void whatAFuzzerBeginsWithIsDecodedOrRefused(Path input) throws IOException {
    DecodersFuzz.isDecodedOrRefused(Files.readAllBytes(input));
  }

  @Test
  void whatIsMadeOfThatAtRandomIsDecodedOrRefused() throws IOException {
    var random = new Random(20261125);
    try (var inputs = inputs()) {
      for (var input : inputs.toList()) {
        var bytes = Files.readAllBytes(input);
        assertThat(bytes).isNotEmpty();
        for (var round = 0; round < 200; round++) {
          var garbled = bytes.clone();
          for (var i = random.nextInt(5); i >= 0; i--) {
            garbled[random.nextInt(garbled.length)] = (byte) random.nextInt(256);
          }
          DecodersFuzz.isDecodedOrRefused(garbled);
        }
      }
    }
  }
}
