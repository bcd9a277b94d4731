package io.gantry.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another JVM commits, and is gone in the middle of a transaction. */
@Timeout(60)
class SqliteCrashIT {
  private static final int HALTED = 137;

  private final Vertx vertx = Vertx.vertx();
  @TempDir Path folder;

  @AfterEach
  void closeVertx() {
    StateContract.await(vertx.close());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 150, 151})
  void onlyWholeChangesAreFoundAfterAHalt(int haltingAt) throws Exception {
    // Given
    var file = folder.resolve("state.db");

    // When
    var acknowledged = commitUntilHalted(file, haltingAt);

    // Then
    var state = StateContract.await(Sqlite.open(vertx, file, Clock.systemUTC(), _ -> {}));
    var last = state.lastSequence();
    assertThat(last).as("two facts a change, all or none").isEven();
    assertThat(last / 2).isGreaterThanOrEqualTo(acknowledged).isLessThan(haltingAt);
    assertThat(values(state, "sandbox")).isEqualTo(values(state, "container"));
    assertThat(values(state, "sandbox")).isEqualTo(last == 0 ? List.of() : List.of((int) last / 2));
    StateContract.await(state.close());
  }

  private static List<Integer> values(State state, String kind) {
    return StateContract.await(state.load(kind)).stream()
        .map(row -> new JsonObject(row.body()).getInteger("n"))
        .toList();
  }

  /** The number of the last change whose future completed. */
  private static int commitUntilHalted(Path file, int haltingAt)
      throws IOException, InterruptedException {
    var child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.sqlite.lib.path=" + System.getProperty("org.sqlite.lib.path", ""),
                "-cp",
                System.getProperty("java.class.path"),
                Committer.class.getName(),
                file.toString(),
                "" + haltingAt)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var out = child.inputReader(StandardCharsets.UTF_8)) {
      var acknowledged =
          out.lines()
              .filter(line -> line.startsWith("ok "))
              .mapToInt(line -> Integer.parseInt(line.substring(3)))
              .max()
              .orElse(0);
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).isEqualTo(HALTED);
      return acknowledged;
    } finally {
      child.destroyForcibly();
    }
  }

  /** Changes of two rows and two facts, many at once; halts between the facts of one of them. */
  static final class Committer {
    private Committer() {}

    public static void main(String[] arguments) {
      var vertx = Vertx.vertx();
      var call = Call.internal(Call.Tools.plain(), "Test");
      var clock = new HaltingClock(2 * Integer.parseInt(arguments[1]));
      var state = StateContract.await(Sqlite.open(vertx, Path.of(arguments[0]), clock, _ -> {}));
      for (var i = 1; i <= 1000; i++) {
        var n = i;
        var body = new JsonObject().put("n", n);
        state
            .commit(
                call,
                Change.put(new Row("sandbox", "s", "cri", "b", "", body.encode()))
                    .and(Change.put(new Row("container", "c", "cri", "b", "", body.encode())))
                    .telling(new FactDraft("SandboxReady", "s", body))
                    .telling(new FactDraft("ContainerCreated", "c", body)))
            .onSuccess(_ -> System.out.println("ok " + n));
      }
    }
  }

  /** Each fact asks for the time: the one that asks last finds the machine dead. */
  private static final class HaltingClock extends Clock {
    private final int last;
    private int asked;

    HaltingClock(int last) {
      this.last = last;
    }

    @Override
    public Instant instant() {
      if (++asked == last) {
        Runtime.getRuntime().halt(HALTED);
      }
      return Instant.EPOCH;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
