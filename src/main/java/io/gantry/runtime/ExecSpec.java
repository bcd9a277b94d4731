package io.gantry.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A command in a container.
 *
 * @param timeout after which it and its descendants are killed; empty waits
 * @param outputBytesMax kept of each of stdout and stderr
 */
public record ExecSpec(List<String> command, Optional<Duration> timeout, int outputBytesMax) {
  public ExecSpec {
    command = List.copyOf(command);
  }
}
