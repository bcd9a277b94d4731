package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxWatchesIT extends OnLinux {
  private final Watches watches = host.watches();

  @TempDir Path directory;

  private final List<String> told = new CopyOnWriteArrayList<>();

  /** Whatever happened before has been told once this file has. */
  private void settle(List<String> told) throws IOException {
    var mark = "mark" + told.size();
    Files.createFile(directory.resolve(mark));
    var file = directory.resolve(mark);
    Files.writeString(file, "");
    for (var i = 0; i < 500 && !told.contains(mark); i++) {
      Answers.of(vertx.timer(10));
    }
    assertThat(told).contains(mark);
  }

  @Test
  void fileIsToldWhenItIsCompleteAndWhenItGoes() throws IOException {
    // Given
    var other = Files.createDirectory(directory.resolve("other"));
    var complete = Files.writeString(other.resolve("tmp"), "x");
    var end = Answers.of(watches.directory(directory, told::add));

    // When
    Files.move(complete, directory.resolve("moved"), StandardCopyOption.ATOMIC_MOVE);
    Files.writeString(directory.resolve("ü written"), "x");
    Files.delete(directory.resolve("moved"));
    settle(told);
    end.run();

    // Then
    assertThat(told).startsWith("moved", "ü written", "moved");
  }

  @Test
  void watchThatHasEndedTellsNothingMore() throws IOException {
    // Given: two watches of one directory
    var others = new CopyOnWriteArrayList<String>();
    var end = Answers.of(watches.directory(directory, told::add));
    var endOther = Answers.of(watches.directory(directory, others::add));

    // When
    end.run();
    end.run();
    Files.writeString(directory.resolve("a"), "x");
    settle(others);

    // Then
    assertThat(told).isEmpty();
    assertThat(others).contains("a");
    endOther.run();
  }

  @Test
  void handlerIsToldToLookForItselfWhenItFallsBehind() throws IOException {
    // Given: a context that is busy, on another thread than the timers of this test
    Answers.of(vertx.timer(1));
    var context = ((VertxInternal) vertx).createEventLoopContext();
    var busy = new CountDownLatch(1);
    var end = Promise.<Runnable>promise();
    context.runOnContext(_ -> watches.directory(directory, told::add).onComplete(end));
    var ended = Answers.of(end.future());
    context.runOnContext(_ -> uninterruptibly(busy));

    // When
    for (var i = 0; i < 3000; i++) {
      Files.createFile(directory.resolve("f" + i));
      Files.delete(directory.resolve("f" + i));
    }
    Answers.of(vertx.timer(200));
    busy.countDown();
    for (var i = 0; i < 500 && !told.contains(""); i++) {
      Answers.of(vertx.timer(10));
    }
    settle(told);
    ended.run();

    // Then
    assertThat(told).contains("").hasSizeLessThan(3000);
  }

  private static void uninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  @Test
  void directoryThatGoesIsToldAsSomethingToLookAt() throws IOException {
    // Given
    var gone = Files.createDirectory(directory.resolve("gone"));
    var end = Answers.of(watches.directory(gone, told::add));

    // When
    Files.delete(gone);
    for (var i = 0; i < 500 && !told.contains(""); i++) {
      Answers.of(vertx.timer(10));
    }

    // Then
    assertThat(told).containsExactly("");
    end.run();
  }

  @Test
  void missingDirectoryCannotBeWatched() {
    // When
    var fault = faultOf(watches.directory(directory.resolve("missing"), told::add));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void everythingComesOnTheContextOfTheCaller() throws IOException {
    // Given
    var context = vertx.getOrCreateContext();
    var seen = new CopyOnWriteArrayList<Context>();
    var done = Promise.<Runnable>promise();

    // When
    context.runOnContext(
        _ ->
            watches
                .directory(
                    directory,
                    name -> {
                      seen.add(Vertx.currentContext());
                      told.add(name);
                    })
                .andThen(_ -> seen.add(Vertx.currentContext()))
                .onComplete(done));
    var end = Answers.of(done.future());
    settle(told);
    end.run();

    // Then
    assertThat(seen).hasSizeGreaterThan(1).allMatch(context::equals);
  }
}
