package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.host.Command.Io;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HidingIT extends OnLinux {
  @TempDir Path directory;

  @Test
  @Tag("root")
  void hiddenMountIsHiddenFromTheChildOnly() throws IOException {
    // Given
    var mounts = host.mounts();
    var hidden = Files.createDirectory(directory.resolve("hidden"));
    var kept = Files.createDirectory(directory.resolve("kept"));
    Answers.of(mounts.tmpfs(hidden, Map.of()));
    Answers.of(mounts.tmpfs(kept, Map.of()));
    try {
      Files.writeString(hidden.resolve("file"), "x");
      Files.writeString(kept.resolve("file"), "x");

      // When
      var output =
          run(
              shell("ls %s; echo --; ls %s".formatted(hidden, kept))
                  .hiding(Set.of(hidden, directory.resolve("not-mounted"))));

      // Then
      assertThat(output.stdout().toString()).isEqualTo("--\nfile\n");
      assertThat(hidden.resolve("file")).exists();
      assertThat(Answers.of(mounts.below(directory))).hasSize(2);
    } finally {
      Answers.of(mounts.unmount(hidden));
      Answers.of(mounts.unmount(kept));
    }
  }

  @Test
  @Tag("root")
  void otherMountsStillPropagateToAChildWithSomeHidden() throws IOException {
    // Given: a shared mount, and beside it one to hide
    var mounts = host.mounts();
    var shared = Files.createDirectory(directory.resolve("shared"));
    var hidden = Files.createDirectory(directory.resolve("hidden"));
    Answers.of(mounts.tmpfs(shared, Map.of()));
    Answers.of(mounts.tmpfs(hidden, Map.of()));
    try {
      MountCalls.mount(null, shared.toString(), null, 1 << 20, null);
      var late = Files.createDirectory(shared.resolve("late"));
      var child =
          Answers.of(
              processes.spawn(
                  shell("read go; ls " + late)
                      .connecting(Map.of(0, Io.CHILD_READS, 1, Io.CHILD_WRITES))
                      .hiding(Set.of(hidden))));

      // When
      Answers.of(mounts.tmpfs(late, Map.of()));
      Files.writeString(late.resolve("file"), "x");
      child.writing(0).end(Buffer.buffer("go\n"));

      // Then
      assertThat(text(child, 1)).isEqualTo("file\n");
      Answers.of(mounts.unmount(late));
    } finally {
      Answers.of(mounts.unmount(shared));
      Answers.of(mounts.unmount(hidden));
    }
  }
}
