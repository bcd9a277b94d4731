package io.gantry.state;

import static io.gantry.state.StateContract.await;
import static io.gantry.state.StateContract.faultOf;
import static io.gantry.state.StateContract.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a file system of its own that has no byte left. */
@Tag("root")
@Timeout(60)
class FullDiskIT {
  private final Vertx vertx = Vertx.vertx();
  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  @TempDir Path folder;
  private Path disk;
  private State state;

  @BeforeEach
  void mountAndOpen() throws Exception {
    disk = Files.createDirectory(folder.resolve("disk"));
    run("mount", "-t", "tmpfs", "-o", "size=80m", "gantry-test", disk.toString());
    state = open();
  }

  @AfterEach
  void closeAndUnmount() throws Exception {
    await(state.close());
    await(vertx.close());
    run("umount", disk.toString());
  }

  @Test
  void containersCanStillBeRemoved() throws IOException {
    // Given
    for (var i = 0; i < 20; i++) {
      await(state.commit(call, container(i)));
    }
    fill();

    // When
    var removals = new ArrayList<String>();
    for (var i = 0; i < 20; i++) {
      await(state.commit(call, removal(i).synced()));
      removals.add("c" + i);
    }

    // Then
    assertThat(removals).hasSize(20);
    assertThat(await(state.load("container"))).isEmpty();
    assertThat(state.lastSequence()).isEqualTo(20);
  }

  @Test
  void fullDiskIsToldAndLosesNothingThatWasCommitted() throws IOException {
    // Given
    fill();
    var committed = 0;
    var change = state.commit(call, container(committed));
    while (await(change.transform(done -> Future.succeededFuture(done.succeeded())))) {
      change = state.commit(call, container(++committed));
    }

    // When
    assertThat(faultOf(change).kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
    Files.delete(disk.resolve("filler"));
    await(state.commit(call, container(committed)));

    // Then
    await(state.close());
    assertThat(disk.resolve("state.db.ballast")).as("is held again").exists();
    state = open();
    assertThat(await(state.load("container"))).hasSize(committed + 1);
  }

  private State open() {
    return await(Sqlite.open(vertx, disk.resolve("state.db"), Clock.systemUTC(), _ -> {}));
  }

  private static Change container(int n) {
    return Change.put(row("c" + n, new JsonObject().put("spec", "x".repeat(100_000))));
  }

  private static Change removal(int n) {
    return Change.remove("container", "c" + n).telling(StateContract.fact("c" + n));
  }

  /** Writes until nothing fits. */
  private void fill() throws IOException {
    for (var chunk : List.of(1 << 20, 4096, 1)) {
      try (var out = Files.newOutputStream(disk.resolve("filler"), appending())) {
        while (true) {
          out.write(new byte[chunk]);
        }
      } catch (IOException full) {
        assertThat(full).hasMessageContaining("No space left");
      }
    }
  }

  private static OpenOption[] appending() {
    return new OpenOption[] {StandardOpenOption.CREATE, StandardOpenOption.APPEND};
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
