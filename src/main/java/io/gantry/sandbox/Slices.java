package io.gantry.sandbox;

import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Slices of systemd: it makes them when a unit needs them, and keeps them until it is told. */
final class Slices {
  private static final Path SYSTEMCTL = Path.of("/usr/bin/systemctl");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int OUTPUT_BYTES_MAX = 4096;

  /** As systemctl(1) answers to a unit that it does not know. */
  private static final int NOT_LOADED = 5;

  private Slices() {}

  /** Stops a slice, which takes its group away. Idempotent. */
  static Future<Void> stop(Host host, String slice) {
    var call =
        Call.of(
            Call.Tools.plain(), "StopSlice", Actor.DAEMON, Trace.fresh(), Optional.of(PATIENCE));
    return host.processes()
        .run(
            call,
            Command.of(SYSTEMCTL, List.of("stop", "--", slice)),
            Buffer.buffer(),
            OUTPUT_BYTES_MAX)
        .compose(
            output ->
                output.exitCode() == 0 || output.exitCode() == NOT_LOADED
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        RuntimeFault.internal(
                            "systemctl stop "
                                + slice
                                + ": "
                                + output.stderr().toString().strip()
                                + " (expected: exit code 0)",
                            null)));
  }
}
