package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("root")
class LayeredFilesIT extends OnLinux {
  /** The ways of stacking layers, whichever this kernel would choose. */
  enum Way {
    MOUNTED_NOWHERE,
    IN_A_NAMESPACE_OF_ITS_OWN
  }

  private static final int BYTES_MAX = 1000;
  private static final String NAME = "etc/passwd";

  private final EpollLoop loop = new EpollLoop();
  private final OwnThread apart = new OwnThread(vertx, loop);

  @TempDir Path directory;

  @AfterEach
  void end() {
    Answers.of(loop.close());
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void theTopmostLayerCounts(Way way) throws Exception {
    // Given
    var layers = layers(3);
    put(layers.get(2), "etc/passwd", "lowest");
    put(layers.get(1), "etc/passwd", "middle");
    put(layers.get(2), "etc/group", "group");

    // When
    var found = Answers.of(read(way, layers, List.of("etc/passwd", "etc/group", "etc/shadow")));

    // Then
    assertThat(found)
        .isEqualTo(
            Map.of("etc/passwd", Buffer.buffer("middle"), "etc/group", Buffer.buffer("group")));
    assertThat(Answers.of(host.mounts().below(directory))).as("mounted for others").isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void manyLayersWithLongNamesAreRead(Way way) throws Exception {
    // Given
    var layers = new ArrayList<Path>();
    for (var i = 0; i < 130; i++) {
      layers.add(
          Files.createDirectories(directory.resolve("layers-" + i).resolve("x".repeat(100))));
    }
    put(layers.getLast(), NAME, "lowest");

    // Then
    assertThat(Answers.of(read(way, layers, List.of(NAME))))
        .containsEntry(NAME, Buffer.buffer("lowest"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aDeletedFileIsNotThere(int count) throws Exception {
    // Given
    var layers = layers(count);
    Files.createDirectories(layers.getFirst().resolve("etc"));
    stdout("mknod '" + layers.getFirst().resolve(NAME) + "' c 0 0");
    if (count > 1) {
      put(layers.getLast(), NAME, "deleted");
    }

    // Then
    assertThat(Answers.of(read(layers))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/host", "../../../../../../../host", "/proc/self/root/host"})
  void noLinkLeadsOutOfTheImage(String to) throws Exception {
    // Given
    var layers = layers(1);
    var host = Files.writeString(directory.resolve("host"), "of the host");
    Files.createDirectories(layers.getFirst().resolve("etc"));
    Files.createSymbolicLink(
        layers.getFirst().resolve(NAME), Path.of(to.replace("/host", host.toString())));

    // Then
    assertThat(Answers.of(read(layers))).isEmpty();
  }

  @Test
  void aLinkWithinTheImageIsFollowedFromItsRoot() throws Exception {
    // Given
    var layers = layers(2);
    put(layers.getLast(), "real/passwd", "of the image");
    Files.createSymbolicLink(layers.getFirst().resolve("etc"), Path.of("/../real"));

    // Then
    assertThat(Answers.of(read(layers))).containsEntry(NAME, Buffer.buffer("of the image"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mkfifo passwd",
        "mknod passwd c 1 5",
        "mknod passwd b 7 0",
        "mkdir passwd",
        "ln -s passwd passwd",
        "truncate -s 1001 passwd",
        "truncate -s 2G passwd",
        "ln -s /etc/fifo passwd && mkfifo fifo",
      })
  void whatIsNoModestFileIsRefusedAtOnce(String made) throws Exception {
    // Given
    var layers = layers(1);
    var etc = Files.createDirectories(layers.getFirst().resolve("etc"));
    stdout("cd '" + etc + "' && " + made);

    // When
    var fault = faultOf(read(layers));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageStartingWith("/etc/passwd of the image: ");
  }

  private List<Path> layers(int count) throws IOException {
    var layers = new ArrayList<Path>();
    for (var i = 0; i < count; i++) {
      layers.add(Files.createDirectories(directory.resolve("layer, " + i)));
    }
    return layers;
  }

  private static void put(Path layer, String path, String content) throws IOException {
    Files.createDirectories(layer.resolve(path).getParent());
    Files.writeString(layer.resolve(path), content);
  }

  private static Future<Map<String, Buffer>> read(List<Path> layers) {
    return host.mounts().read(layers, List.of(NAME), BYTES_MAX);
  }

  private Future<Map<String, Buffer>> read(Way way, List<Path> layers, List<String> paths) {
    return switch (way) {
      case MOUNTED_NOWHERE -> host.mounts().read(layers, paths, BYTES_MAX);
      case IN_A_NAMESPACE_OF_ITS_OWN ->
          apart.run(() -> LayeredFiles.hidden(layers, paths, BYTES_MAX));
    };
  }
}
