package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.host.Processes.Output;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The real host, opened once for a class of tests, with what such tests say often. */
abstract class OnLinux {
  static final int OUTPUT_MAX = 64 * 1024;

  private static final Path SHELL = Path.of("/bin/sh");

  static Vertx vertx;
  static LinuxHost host;
  static Processes processes;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
    host = LinuxHost.on(vertx);
    processes = host.processes();
  }

  @AfterAll
  static void close() {
    Answers.of(host.close());
    Answers.of(vertx.close());
  }

  static Call call() {
    return Call.internal(Call.Tools.plain(), "test");
  }

  static Call call(Duration timeout) {
    return Call.of(Call.Tools.plain(), "test", Actor.DAEMON, Trace.fresh(), Optional.of(timeout));
  }

  static Command shell(String script) {
    return Command.of(SHELL, List.of("-c", script));
  }

  static Output run(Command command) {
    return Answers.of(processes.run(call(), command, Buffer.buffer(), OUTPUT_MAX));
  }

  /** What a script says that has nothing to complain of. */
  static String stdout(String script) {
    var output = run(shell(script));
    assertThat(output.stderr().toString()).isEmpty();
    return output.stdout().toString().strip();
  }

  /** All that a child writes to a descriptor. */
  static String text(Child child, int descriptor) {
    var text = Buffer.buffer();
    var ended = Promise.<Void>promise();
    child.reading(descriptor).endHandler(ended::complete).handler(text::appendBuffer);
    Answers.of(ended.future());
    return text.toString();
  }

  static void awaitUntil(BooleanSupplier condition) {
    var deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      Answers.of(vertx.timer(10));
    }
  }

  static String contentOf(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file).strip() : "";
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  static int entries(Path directory) {
    try (var entries = Files.list(directory)) {
      return (int) entries.count();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
