package io.gantry.monitor;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gantry.driver.Documents;
import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ContainerUsage.Cpu;
import io.gantry.runtime.ContainerUsage.Faults;
import io.gantry.runtime.ContainerUsage.Memory;
import io.gantry.runtime.ContainerUsage.Swap;
import io.gantry.runtime.ContainerUsage.Tasks;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The numbers that a runtime tells of a container on a kernel of the pod's own, by its {@code
 * events}: time, memory and tasks; that kernel counts nothing else. Pure.
 */
final class KernelUsage {
  private KernelUsage() {}

  /** INTERNAL for what is not such an event. */
  static ContainerUsage of(String json, Instant at) {
    try {
      var data = Documents.JSON.readTree(json).path("data");
      var memory = data.at("/memory/usage/usage").asLong();
      if (!data.isObject()) {
        throw RuntimeFault.internal("stats: no data (expected: an event with data)", null);
      }
      return new ContainerUsage(
          at,
          new Cpu(data.at("/cpu/usage/total").asLong(), 0, 0, 0, 0, 0, Optional.empty()),
          new Memory(
              memory,
              memory,
              OptionalLong.empty(),
              OptionalLong.empty(),
              memory,
              0,
              0,
              0,
              new Faults(0, 0),
              0,
              0,
              Optional.empty()),
          new Swap(0, OptionalLong.empty()),
          new Tasks(data.at("/pids/current").asLong(), OptionalLong.empty()),
          List.of(),
          Optional.empty(),
          List.of());
    } catch (JsonProcessingException malformed) {
      throw RuntimeFault.internal("stats: not JSON", malformed);
    }
  }
}
