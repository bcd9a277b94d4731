package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Command.Io;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildStreamsIT extends OnLinux {
  @TempDir Path directory;

  @Test
  void pausedReaderMakesTheChildWait() {
    // Given: 8 MiB, and a counter of what has been written so far
    var count = directory.resolve("count");
    var script =
        "i=0; while [ $i -lt 64 ]; do head -c 131072 /dev/zero; i=$((i+1)); echo $i >"
            + count
            + "; done";
    var child = Answers.of(processes.spawn(shell(script)));
    var total = new AtomicLong();
    var ended = Promise.<Void>promise();
    var paused = Promise.<Void>promise();

    // When
    var stream = child.reading(1);
    stream.endHandler(ended::complete);
    stream.handler(
        more -> {
          if (total.addAndGet(more.length()) == more.length()) {
            stream.pause();
            vertx.setTimer(300, _ -> paused.complete());
          }
        });
    Answers.of(paused.future());
    var whilePaused = total.get();
    var written = contentOf(count);
    stream.resume();
    Answers.of(ended.future());

    // Then
    assertThat(whilePaused).isLessThanOrEqualTo(65536);
    assertThat(written.isEmpty() ? 0 : Integer.parseInt(written)).isLessThan(10);
    assertThat(total).hasValue(8 << 20);
    assertThat(Answers.of(child.exit())).isZero();
  }

  @Test
  void slowChildMakesTheWriterWait() {
    // Given
    var child =
        Answers.of(
            processes.spawn(
                shell("sleep 0.2; wc -c")
                    .connecting(Map.of(0, Io.CHILD_READS, 1, Io.CHILD_WRITES))));
    var sink = child.writing(0);
    var drained = Promise.<Void>promise();
    sink.drainHandler(drained::tryComplete);

    // When
    var writes = new ArrayList<Future<?>>();
    while (!sink.writeQueueFull()) {
      writes.add(sink.write(Buffer.buffer(new byte[50_000])));
    }
    Answers.of(drained.future());
    writes.add(sink.end());
    Answers.of(Future.all(writes));

    // Then
    assertThat(text(child, 1).strip()).isEqualTo(Integer.toString((writes.size() - 1) * 50_000));
  }

  @Test
  void writeToAChildThatHasGoneFails() {
    // Given
    var child = Answers.of(processes.spawn(shell("exit 0").connecting(Map.of(0, Io.CHILD_READS))));
    Answers.of(child.exit());

    // When
    var fault = faultOf(child.writing(0).write(Buffer.buffer("x")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(fault).hasMessageContaining("closed by its reader");
  }

  @Test
  void childrenArePipedTogetherWithoutLosingAByte() {
    // Given: a fast writer and a reader that dawdles
    var writer =
        Answers.of(processes.spawn(shell("head -c 20000000 /dev/urandom | tee /dev/fd/2")));
    var reader =
        Answers.of(
            processes.spawn(
                shell("sleep 0.1; sha256sum")
                    .connecting(Map.of(0, Io.CHILD_READS, 1, Io.CHILD_WRITES))));
    var copy =
        Answers.of(
            processes.spawn(
                shell("sha256sum").connecting(Map.of(0, Io.CHILD_READS, 1, Io.CHILD_WRITES))));

    // When
    var piped = writer.reading(1).pipeTo(reader.writing(0));
    var copied = writer.reading(2).pipeTo(copy.writing(0));
    Answers.of(Future.all(piped, copied));

    // Then
    assertThat(text(reader, 1)).isEqualTo(text(copy, 1)).hasSize(68);
  }

  @Test
  void closedChildTellsTheEndAndFailsWrites() {
    // Given
    var child =
        Answers.of(
            processes.spawn(
                shell("exec sleep 30").connecting(Map.of(0, Io.CHILD_READS, 1, Io.CHILD_WRITES))));
    var ended = Promise.<Void>promise();
    child.reading(1).endHandler(ended::complete).handler(_ -> {});
    var write = child.writing(0).write(Buffer.buffer(new byte[1 << 20]));

    // When
    child.close();

    // Then
    Answers.of(ended.future());
    assertThat(faultOf(write)).hasMessageContaining("closed");
    Answers.of(processes.signal(child.ref(), 9));
    assertThat(Answers.of(child.exit())).isEqualTo(137);
  }

  @Test
  void descriptorThatIsNotConnectedIsRefused() {
    // Given
    var child = Answers.of(processes.spawn(shell("exit 0")));

    // Then
    assertThatThrownBy(() -> child.reading(7))
        .hasMessage("descriptor: 7 (expected: one that the command names as CHILD_WRITES)");
    child.close();
  }
}
