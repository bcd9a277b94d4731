package io.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfDirTest {
  private static final String LIST = "{\"name\":\"%s\",\"plugins\":[{\"type\":\"bridge\"}]}";

  private static final ConfDir.Reading NOTHING = ConfDir.Reading.none("not read yet", List.of());

  @TempDir Path temp;
  private Path conf;
  private ConfDir directory;

  @BeforeEach
  void installBridge() throws IOException {
    conf = temp.resolve("net.d");
    var bin = Files.createDirectories(temp.resolve("bin"));
    Files.createFile(
        bin.resolve("bridge"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    directory = new ConfDir(conf, new BinDirs(List.of(temp.resolve("none"), bin)), Optional::empty);
  }

  private void write(String name, String text) throws IOException {
    Files.createDirectories(conf);
    Files.writeString(conf.resolve(name), text);
  }

  @Test
  void firstValidFileByNameIsTheNetwork() throws IOException {
    // Given
    write("20-second.conflist", LIST.formatted("second"));
    write("10-first.conf", "{\"name\":\"first\",\"type\":\"bridge\"}");
    write("05-bad.json", "{");
    write("00-other.yaml", LIST.formatted("other"));

    // When
    var reading = directory.read(NOTHING);

    // Then
    assertThat(reading.chain()).hasValueSatisfying(c -> assertThat(c.network()).isEqualTo("first"));
    assertThat(reading.notReady()).isEmpty();
    assertThat(reading.skipped()).singleElement().asString().startsWith("05-bad.json: json: ");
  }

  @Test
  void missingDirectoryAndEmptyOneAreToldAlike() throws IOException {
    // Given
    var missing = directory.read(NOTHING);
    Files.createDirectories(conf);

    // When
    var empty = directory.read(NOTHING);

    // Then
    assertThat(empty).isEqualTo(missing);
    assertThat(empty.notReady())
        .hasValue(
            "cni configuration: none in " + conf + " (expected: a .conflist, .conf or .json file)");
  }

  @Test
  void everyInvalidFileIsToldWithItsReason() throws IOException {
    // Given
    write("10-a.conflist", "{\"name\":\"net\",\"plugins\":[{\"type\":\"../sh\"}]}");
    write("20-b.conf", "{\"name\":\"net\"}");

    // When
    var reading = directory.read(NOTHING);

    // Then
    assertThat(reading.chain()).isEmpty();
    assertThat(reading.notReady())
        .hasValue(
            "cni configuration: 10-a.conflist: type: '../sh' (expected: letters, digits, '_', '.'"
                + " and '-', and no path); 20-b.conf: plugins: none (expected: a list with at least"
                + " one)");
  }

  @Test
  void pluginThatIsNotInstalledIsTold() throws IOException {
    // Given
    write("10-net.conflist", "{\"name\":\"net\",\"plugins\":[{\"type\":\"flannel\"}]}");

    // When
    var reading = directory.read(NOTHING);

    // Then
    assertThat(reading.notReady())
        .hasValueSatisfying(
            reason ->
                assertThat(reason)
                    .startsWith("network plugin: flannel: not found (expected: an executable in "));
  }

  @Test
  void folderOfTheNetworkAddsPlugins() throws IOException {
    // Given
    write("10-net.conflist", LIST.formatted("net"));
    Files.createDirectories(conf.resolve("net"));
    write("net/50-tuning.conf", "{\"type\":\"tuning\"}");

    // When
    var chain = directory.read(NOTHING).chain().orElseThrow();

    // Then
    assertThat(chain.plugins()).extracting(Chain::type).containsExactly("bridge", "tuning");
  }

  @Test
  void hugeFileIsNotRead() throws IOException {
    // Given
    write("10-net.conflist", " ".repeat(CniJson.BYTES_MAX) + LIST.formatted("net"));

    // When
    var reading = directory.read(NOTHING);

    // Then
    assertThat(reading.notReady())
        .hasValue("cni configuration: 10-net.conflist: size: over 1048576 bytes (expected: less)");
  }
}
