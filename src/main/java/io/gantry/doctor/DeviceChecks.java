package io.gantry.doctor;

import io.gantry.cdi.Cdi;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What CDI files describe. Pure. */
final class DeviceChecks {
  private DeviceChecks() {}

  /** Files with mistakes cost those who ask for their devices, and no others. */
  static List<Finding> of(Cdi.Inventory there) {
    var count = there.devices().size();
    var found = count == 0 ? "none" : count + (count == 1 ? " device" : " devices");
    var why = "GPUs and other devices come into containers by these files";
    if (there.mistakes().isEmpty()) {
      return List.of(Finding.ok("cdi", found, why));
    }
    var mistakes =
        there.mistakes().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(it -> it.getKey() + ": " + it.getValue())
            .collect(Collectors.joining("; "));
    return List.of(
        Finding.warning(
            "cdi",
            found + ", and files with mistakes",
            why,
            "have their vendor's tool write them anew: " + mistakes));
  }
}
