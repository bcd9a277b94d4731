package io.gantry.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.host.FakeHost;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Capabilities;
import io.gantry.oci.RuntimeSpec.Linux;
import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.User;
import io.gantry.runtime.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExitsTest {
  private static final String GROUP = "/kubepods.slice/gantry-c1.scope";

  private Optional<String> kernel = Optional.empty();

  @TempDir private Path folder;
  private final FakeHost host = new FakeHost();

  @Test
  void killOfWhichConmonSaysNothingIsLookedUp() throws IOException {
    // Given
    host.cgroups().says(GROUP, "memory.events", "oom 1\noom_kill 1\n");

    // Then
    assertThat(written("137").oomKilled()).isTrue();
    assertThat(written("137").code()).isEqualTo(137);
  }

  @Test
  void killForAnotherReasonIsNone() throws IOException {
    assertThat(written("137").oomKilled()).isFalse();
  }

  @Test
  void containerThatEndedWellIsNotLookedUp() throws IOException {
    // Given
    host.cgroups().says(GROUP, "memory.events", "oom 1\noom_kill 1\n");

    // Then
    assertThat(written("0").oomKilled()).isFalse();
  }

  @Test
  void whatConmonSaysOfAStandInIsNotSaidOfItsContainer() throws IOException {
    // Given
    var file = new Bundle(folder.resolve("bundle")).outOfMemory();
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    assertThat(written("137").oomKilled()).isTrue();

    // When
    kernel = Optional.of("/kernel");

    // Then
    assertThat(written("137").oomKilled()).isFalse();
    host.cgroups().says("/kernel", "memory.events", "oom 1\noom_kill 1\n");
    assertThat(written("255").oomKilled()).isTrue();
  }

  private ExitStatus written(String code) throws IOException {
    var config =
        ConmonConfig.of(
            Path.of("/usr/bin/conmon"), Path.of("/usr/bin/crun"), Optional.empty(), folder);
    Files.createDirectories(config.exits());
    Files.writeString(config.exits().resolve("c1"), code);
    return new Exits(host, Clock.systemUTC(), config, new HostSignals(host), _ -> kernel)
        .written(workload())
        .result()
        .orElseThrow();
  }

  private static Process process() {
    var none = List.<String>of();
    return new Process(
        false,
        new User(0, 0, List.of()),
        List.of("true"),
        none,
        "/",
        new Capabilities(none, none, none, none, none),
        List.of(),
        true,
        0,
        null,
        null);
  }

  private Workload workload() {
    var linux =
        new Linux(
            List.of(),
            "kubepods.slice:gantry:c1",
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            List.of(),
            null,
            null);
    var spec =
        new RuntimeSpec(RuntimeSpec.VERSION, process(), null, null, List.of(), Map.of(), linux);
    var bundle = new Bundle(folder.resolve("bundle"));
    return new Workload(
        "c1",
        SandboxId.random(),
        false,
        bundle,
        spec,
        Optional.empty(),
        folder,
        Optional.empty(),
        false,
        false,
        false);
  }
}
