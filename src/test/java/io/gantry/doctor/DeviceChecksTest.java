package io.gantry.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cdi.Cdi.Inventory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeviceChecksTest {
  @Test
  void devicesAreCountedAndFilesWithMistakesNamed() {
    // When
    var fine = DeviceChecks.of(new Inventory(List.of("v/c=0", "v/c=1"), Map.of()));
    var wrong =
        DeviceChecks.of(new Inventory(List.of("v/c=0"), Map.of("/etc/cdi/x.json", "kind: 'x'")));

    // Then
    assertThat(fine).singleElement().extracting(Finding::found).isEqualTo("2 devices");
    assertThat(wrong)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
              assertThat(finding.fix()).contains("/etc/cdi/x.json: kind: 'x'");
            });
  }
}
