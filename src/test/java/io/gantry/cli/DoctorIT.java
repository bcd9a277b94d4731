package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.recovery.OnDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor on this very host, with a daemon and without one. */
@Tag("root")
class DoctorIT {
  private static final String NOWHERE = "/nowhere/bin";

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;

  @AfterEach
  void clear() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void aNodeThatRunsPodsHasNothingBroken() throws Exception {
    // Given
    node = Node.in(folder).started();

    // When
    var said = node.gantry("doctor");

    // Then
    assertThat(said.text())
        .containsPattern("(?m)^ok +kernel +\\d")
        .containsPattern("(?m)^(ok|warning) +cgroups +v[12]")
        .containsPattern("(?m)^ok +cgroup driver +(cgroupfs|systemd)")
        .containsPattern("(?m)^ok +runtime crun +crun \\d")
        .containsPattern("(?m)^ok +conmon +conmon \\d")
        .containsPattern("(?m)^ok +cni network +kill of .*10-kill.conflist: bridge")
        .containsPattern("(?m)^ok +overlay +works below")
        .containsPattern("(?m)^ok +disk +\\d+ MiB of \\d+")
        .containsPattern("(?m)^(ok|warning) +clock ")
        .doesNotContain("broken", "could not be looked at");
    assertThat(said.code()).isZero();
    assertThat(trials()).isEmpty();
    assertThat(node.gantry("doctor", "-o", "json").text()).contains("\"findings\"");
  }

  @Test
  void aRunningDaemonTellsOfItsOwnHandlersAndNetwork() throws Exception {
    // Given
    node =
        Node.in(folder)
            .configured("cni", "{conf-dir: " + folder + "/cni, bin-dirs: [" + NOWHERE + "]}")
            .configured(
                "handlers",
                "{default: crun, crun: {binary: /usr/bin/crun}, sealed: {binary: /nowhere/sealed}}")
            .started();

    // When
    var said = node.gantry("doctor");

    // Then
    assertThat(said.code()).isEqualTo(4);
    assertThat(said.text())
        .containsPattern("(?m)^broken +cni plugins +none of " + NOWHERE + " is there")
        .containsPattern("(?m)^broken +cni network .*bridge: not found")
        .containsPattern("(?m)^warning +runtime sealed .*/nowhere/sealed")
        .contains("-> install the reference plugins", "this node is not well: broken");
  }

  @Test
  void withoutADaemonTheSameIsFoundOut() throws Exception {
    // Given
    var other = Node.in(folder);
    try {
      var well = gantryd("doctor");
      assertThat(well.text())
          .containsPattern("(?m)^ok +runtime crun +crun \\d")
          .containsPattern("(?m)^ok +cni network +kill of ")
          .containsPattern("(?m)^ok +overlay +works below");
      assertThat(well.code()).isZero();

      // When
      Files.delete(folder.resolve("cni/10-kill.conflist"));
      Files.writeString(folder.resolve("cni/20-bad.conf"), "{");
      other.configured("handlers", "{default: crun, crun: {binary: /nowhere/crun}}");
      var said = gantryd("doctor");

      // Then
      assertThat(said.code()).isEqualTo(4);
      assertThat(said.text())
          .containsPattern("(?m)^broken +runtime crun +binary: /nowhere/crun")
          .containsPattern("(?m)^broken +cni network +cni configuration: 20-bad.conf")
          .containsPattern("(?m)^warning +cni configuration +20-bad.conf");
      assertThat(trials()).isEmpty();
      assertThat(gantryd("doctor", "--set", "cni.conf-dir=relative").code()).isEqualTo(1);
    } finally {
      other.discard();
    }
  }

  /** What a trial would leave. */
  private List<Path> trials() throws Exception {
    try (var all = Files.walk(folder)) {
      return all.filter(it -> it.getFileName().toString().matches("doctor-.*|id-map-trial"))
          .toList();
    }
  }

  private Node.Said gantryd(String... arguments) throws Exception {
    var output = Files.createTempFile(folder, "said", ".txt");
    var line = new java.util.ArrayList<>(List.of(arguments));
    line.addFirst(Path.of("target/gantry/bin/gantryd").toAbsolutePath().toString());
    line.addAll(2, List.of("--config", folder.resolve("gantry.yaml").toString()));
    var process =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    process.getOutputStream().close();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    return new Node.Said(process.exitValue(), Files.readString(output));
  }
}
