package io.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.OpenOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  private static final int BYTES = 300_000;

  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  @Test
  void whatFitsIsKeptAsItCame() throws Exception {
    // When
    kept(BYTES).await(5, TimeUnit.SECONDS);

    // Then
    assertThat(folder.resolve("to")).hasSameBinaryContentAs(folder.resolve("from"));
  }

  @Test
  void whoSendsMoreIsToldAndFillsNothing() throws Exception {
    // When
    var fault =
        kept(BYTES - 1)
            .<RuntimeFault>transform(done -> Future.succeededFuture(RuntimeFault.of(done.cause())))
            .await(5, TimeUnit.SECONDS);

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
    assertThat(fault).hasMessage("archive: more than 299999 bytes (expected: 299999 at most)");
    assertThat(Files.size(folder.resolve("to"))).isLessThan(BYTES);
  }

  private Future<Void> kept(long bytesMax) throws IOException {
    Files.write(folder.resolve("from"), new byte[BYTES]);
    var files = vertx.fileSystem();
    return files
        .open(folder.resolve("from").toString(), new OpenOptions())
        .compose(
            from -> {
              from.pause();
              return files
                  .open(folder.resolve("to").toString(), new OpenOptions())
                  .compose(to -> Spool.keep(from, to, bytesMax));
            });
  }
}
