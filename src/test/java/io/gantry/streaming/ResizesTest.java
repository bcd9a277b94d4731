package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResizesTest {
  private final List<String> told = new ArrayList<>();
  private final Resizes resizes = new Resizes((width, height) -> told.add(width + "x" + height));

  @Test
  void sizesComeInPiecesAndTogether() {
    // When
    arrived(
        "{\"Width\":80,\"Hei",
        "ght\":24}\n{\"Height\":25,\"Width\":81}",
        "{\"Width\":1,\"Height\":2}");

    // Then
    assertThat(told).containsExactly("80x24", "81x25", "1x2");
  }

  @Test
  void whatIsNoSizeIsPassedOver() {
    // When
    arrived("}{\"Width\":\"x\"}{\"Width\":-1,\"Height\":2}{\"Width\":70000,\"Height\":2}");
    arrived("{\"Width\":99999999999,\"Height\":1}", "x".repeat(100_000), "}");
    arrived("{\"Width\":3,\"Height\":4}");

    // Then
    assertThat(told).containsExactly("3x4");
  }

  private void arrived(String... pieces) {
    for (var piece : pieces) {
      resizes.arrived(Buffer.buffer(piece));
    }
  }
}
