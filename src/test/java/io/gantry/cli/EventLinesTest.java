package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Events as a line each. */
class EventLinesTest {
  private final ArrayList<String> lines = new ArrayList<>();
  private final EventLines events = new EventLines(lines::add);

  @Test
  void anEventThatComesInPiecesIsOneLine() {
    // When
    events.take(": 7\n\nid: 8\nevent: ImagePul");
    events.take(
        "led\ndata: {\"at\":\"2026-11-25T18:00:00Z\",\"subject\":\"sha256:4051704d784c387c\",");
    events.take("\"tags\":[\"registry.example/web:1\"]}\n\n");

    // Then
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst())
        .contains("8  2026-11-25T18:00:00Z")
        .contains("ImagePulled")
        .contains("4051704d784c3 registry.example/web:1");
  }

  @Test
  void whatWasLostIsSaid() {
    // When
    events.take("id: 40\nevent: gap\ndata: {\"from\":12,\"to\":40}\n\n");

    // Then
    assertThat(lines).containsExactly("events 12 to 40 are lost");
  }
}
