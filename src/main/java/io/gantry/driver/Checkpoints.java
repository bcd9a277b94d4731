package io.gantry.driver;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** What a checkpoint by CRIU has to say besides the runtime's words. */
public final class Checkpoints {
  private static final int ERRORS_MAX = 3;

  private Checkpoints() {}

  /**
   * Fails with {@code cause}, and with the errors of the log that CRIU left in {@code images} if it
   * did: a runtime says no more than that there were some.
   */
  public static <T> Future<T> explained(Disk disk, Path images, Throwable cause) {
    return disk.run(() -> errors(images.resolve("dump.log")))
        .otherwise("")
        .compose(
            errors -> {
              var fault = RuntimeFault.of(cause);
              return Future.failedFuture(
                  errors.isEmpty()
                      ? fault
                      : new RuntimeFault(fault.kind(), fault.getMessage() + ": " + errors, fault));
            });
  }

  private static String errors(Path log) throws java.io.IOException {
    try (var lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.contains("Error ("))
          .limit(ERRORS_MAX)
          .map(line -> line.substring(line.indexOf("Error (")).strip())
          .collect(Collectors.joining("; "));
    }
  }
}
