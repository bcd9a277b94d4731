package io.gantry.runtime;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.OutputBudget;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A command in a container.
 *
 * @param timeout after which it and its descendants are killed; empty waits
 * @param outputBytesMax kept of each of stdout and stderr
 * @param share of the memory for the output of all commands; whoever asks closes it
 */
public record ExecSpec(
    List<String> command,
    Optional<Duration> timeout,
    int outputBytesMax,
    Optional<OutputBudget.Share> share) {
  public ExecSpec {
    command = List.copyOf(command);
  }

  /** What a caller is told of one that was killed at its timeout. */
  public RuntimeFault late() {
    var limit = timeout.orElse(Duration.ZERO);
    return new RuntimeFault(
        Kind.DEADLINE_EXCEEDED,
        "exec: "
            + String.join(" ", command)
            + " (expected: to end within "
            + (limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms")
            + ")");
  }

  /** Without a share: only {@code outputBytesMax} counts. */
  public ExecSpec(List<String> command, Optional<Duration> timeout, int outputBytesMax) {
    this(command, timeout, outputBytesMax, Optional.empty());
  }
}
