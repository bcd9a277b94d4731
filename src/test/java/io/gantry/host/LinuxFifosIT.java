package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxFifosIT {
  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final Fifos fifos = LinuxHost.on(vertx).fifos();
  private Path fifo;

  @BeforeEach
  void make() throws Exception {
    fifo = folder.resolve("fifo");
    on(() -> fifos.make(fifo));
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void nobodyElseMayOpenIt() throws Exception {
    assertThat(Files.getPosixFilePermissions(fifo))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    on(() -> fifos.make(fifo)); // once more, in place of the first
  }

  @Test
  void whatWasWrittenWhileItWasHeldIsReadToItsEnd() throws Exception {
    // Given
    var hold = on(() -> fifos.hold(fifo));
    Files.writeString(fifo, "before\n", StandardOpenOption.WRITE);

    // When
    var all =
        on(
            () ->
                fifos
                    .reading(fifo)
                    .compose(
                        source -> {
                          hold.run();
                          hold.run();
                          return all(source);
                        }));

    // Then
    assertThat(all).hasToString("before\n");
  }

  @Test
  void itIsAtItsEndOnceTheLastWriterHasGone() throws Exception {
    // Given
    var hold = on(() -> fifos.hold(fifo));
    var writer = FileChannel.open(fifo, StandardOpenOption.WRITE);
    var source = on(() -> fifos.reading(fifo));
    hold.run();
    var all = begun(() -> all(source));

    // When
    writer.write(ByteBuffer.wrap("word".getBytes(StandardCharsets.US_ASCII)));
    assertThat(all.isComplete()).isFalse();
    writer.close();

    // Then
    assertThat(all.await(10, TimeUnit.SECONDS)).hasToString("word");
  }

  @Test
  void whatIsWrittenBeforeThereIsAReaderIsKept() throws Exception {
    // Given
    var sink = on(() -> fifos.writing(fifo));

    // When
    on(() -> sink.stream().write(Buffer.buffer("early")).compose(_ -> sink.stream().end()));

    // Then
    assertThat(on(() -> fifos.reading(fifo).compose(this::all))).hasToString("early");
    sink.close();
    sink.close();
  }

  @Test
  void everyOneWhoWaitsForWhatIsThereIsTold() throws Exception {
    // Given
    var hold = on(() -> fifos.hold(fifo));
    var source = on(() -> fifos.reading(fifo));
    Files.writeString(fifo, "there\n", StandardOpenOption.WRITE);

    // When
    var first = begun(source::settled);
    var second = begun(source::settled);
    begun(() -> all(source));

    // Then
    first.await(10, TimeUnit.SECONDS);
    second.await(10, TimeUnit.SECONDS);
    hold.run();
  }

  private Future<Buffer> all(Fifos.Source source) {
    var read = Buffer.buffer();
    var ended = Promise.<Buffer>promise();
    source.stream().endHandler(_ -> ended.complete(read)).handler(read::appendBuffer);
    return ended.future();
  }

  private <T> T on(Supplier<Future<T>> work) throws Exception {
    return begun(work).await(10, TimeUnit.SECONDS);
  }

  private <T> Future<T> begun(Supplier<Future<T>> work) {
    var result = Promise.<T>promise();
    vertx.runOnContext(_ -> work.get().onComplete(result));
    return result.future();
  }
}
