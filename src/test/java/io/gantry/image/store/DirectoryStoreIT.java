package io.gantry.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.Disk;
import io.gantry.host.LinuxHost;
import io.gantry.ids.Digest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreIT {
  private static final Digest DIFF_ID = new Digest("sha256:" + "a".repeat(64));

  private final Vertx vertx = Vertx.vertx();
  private final LinuxHost host = LinuxHost.on(vertx);
  private final Disk disk = host.disk();

  @TempDir private Path folder;
  private ImageStore store;

  @BeforeEach
  void open() throws Exception {
    store = await(ImageStore.open(disk, folder.resolve("images")));
  }

  @AfterEach
  void close() throws Exception {
    await(host.close());
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(10, TimeUnit.SECONDS);
  }

  private Draft draft(String content) throws Exception {
    var draft = await(store.draft());
    Files.writeString(draft.tree().resolve("file"), content);
    await(store.tidy(draft));
    return draft;
  }

  @Tag("root")
  @Test
  void aFileSystemThatTellsNoTypesIsRefusedWithWhatToDo() throws Exception {
    // Given: what XFS is without ftype=1, ext4 is without filetype
    var disk = folder.resolve("disk");
    var mounted = Files.createDirectories(folder.resolve("mounted"));
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(16 << 20);
    }
    ran("/sbin/mkfs.ext4", "-q", "-O", "^filetype,^has_journal", disk.toString());
    ran("/bin/mount", "-o", "loop", disk.toString(), mounted.toString());

    // Then
    try {
      assertThatThrownBy(() -> await(ImageStore.open(this.disk, mounted.resolve("images"))))
          .hasMessageContaining("is on ext4 without types in directories (expected: for xfs");
    } finally {
      ran("/bin/umount", mounted.toString());
    }
  }

  private void ran(String program, String... arguments) throws Exception {
    var output =
        await(
            host.processes()
                .run(
                    Call.internal(Call.Tools.plain(), "Test"),
                    Command.of(Path.of(program), List.of(arguments)),
                    Buffer.buffer(),
                    10_000));
    assertThat(output.exitCode()).as("%s: %s", program, output.stderr()).isZero();
  }

  @Test
  void aLayerIsThereCompleteOrNotAtAll() throws Exception {
    // Given
    var draft = draft("one");
    assertThat(store.layer(DIFF_ID)).doesNotExist();

    // When
    await(store.publish(draft, DIFF_ID));
    await(store.sync());

    // Then
    assertThat(store.layer(DIFF_ID).resolve("file")).hasContent("one");
    assertThat(draft.directory()).doesNotExist();
    assertThat(await(ImageStore.open(disk, store.root())).found()).containsExactly(DIFF_ID);
  }

  @Test
  void theFirstToPublishALayerWins() throws Exception {
    // Given
    await(store.publish(draft("first"), DIFF_ID));
    var second = draft("second");

    // When
    await(store.publish(second, DIFF_ID));

    // Then
    assertThat(store.layer(DIFF_ID).resolve("file")).hasContent("first");
    assertThat(second.directory()).doesNotExist();
  }

  @Test
  void freeingAndDiscardingMayBeRepeated() throws Exception {
    // Given
    var draft = draft("x");
    await(store.publish(draft, DIFF_ID));

    // When
    await(store.free(DIFF_ID));
    await(store.free(DIFF_ID));
    await(store.discard(draft));

    // Then
    assertThat(store.layer(DIFF_ID)).doesNotExist();
  }

  @Test
  @Tag("root")
  void aStoreOnAnOverlayIsRefused() throws Exception {
    // Given
    for (var name : new String[] {"lower", "upper", "work", "merged"}) {
      Files.createDirectory(folder.resolve(name));
    }
    var merged = folder.resolve("merged");
    await(
        host.mounts()
            .overlay(
                java.util.List.of(folder.resolve("lower")),
                folder.resolve("upper"),
                folder.resolve("work"),
                merged));

    // When
    var opened = ImageStore.open(disk, merged.resolve("images"));

    // Then
    try {
      assertThatThrownBy(() -> await(opened))
          .isInstanceOf(RuntimeFault.class)
          .hasMessageContaining("is on overlay (expected: a file system such as ext4");
    } finally {
      await(host.mounts().unmount(merged));
    }
  }
}
