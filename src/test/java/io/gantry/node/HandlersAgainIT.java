package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.client.Waiting;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.RuntimeHandler;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.StatusRequest;
import io.gantry.cri.proto.StatusResponse;
import io.gantry.recovery.OnDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handlers that come, break, are mended and go while the daemon runs. */
@Tag("root")
class HandlersAgainIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String GOOD = "exec /usr/bin/crun \"$@\"";

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;

  @BeforeEach
  void open() throws Exception {
    Files.createDirectories(folder.resolve("handlers.d"));
    node =
        Node.in(
            folder,
            "handlers: {default: crun, drop-ins: %s, crun: {}}\n"
                .formatted(folder.resolve("handlers.d")));
  }

  @AfterEach
  void close() throws Exception {
    assertThat(node.left()).isEmpty();
    node.close();
  }

  @Test
  void handlersFollowTheirFilesAndBinariesWhenTheDaemonIsHungUpOn() throws Exception {
    // Given
    assertThatThrownBy(() -> pod()).hasMessageContaining("'extra' (expected: one of crun)");

    // When it comes
    var binary = binary(GOOD);
    dropIn("{binary: " + binary + "}");
    again();

    // Then
    assertThat(ready()).containsExactly("crun", "extra");
    var pod = pod();
    var idle = node.run(pod, Node.idle("idle", pod));

    // When it breaks
    binary("case \"$*\" in *create*) echo no luck >&2; exit 1;; esac; " + GOOD);
    again();

    // Then
    assertThat(ready()).containsExactly("crun");
    assertThatThrownBy(() -> pod())
        .hasMessageContaining("extra does not work on this host")
        .hasMessageContaining("no luck");
    assertThat(node.output(idle, "echo here")).isEqualTo("here\n");

    // When it is mended
    binary(GOOD);
    again();

    // Then
    assertThat(ready()).containsExactly("crun", "extra");
    node.remove(pod());

    // When it wants to be another one
    dropIn("{binary: " + binary + ", options: --debug}");
    again();

    // Then
    assertThatThrownBy(() -> pod()).hasMessageContaining("expected: those it started with");

    // When its file has a mistake
    dropIn("{binary: " + binary + ", colour: blue}");
    again();

    // Then
    assertThat(Files.readString(node.daemon.log())).contains("handlers were not probed again");
    assertThat(ready()).containsExactly("crun");

    // When it goes
    Files.delete(folder.resolve("handlers.d/extra.yaml"));
    again();

    // Then
    assertThatThrownBy(() -> pod()).hasMessageContaining("'extra' (expected: one of crun)");
    assertThat(node.output(idle, "echo here")).isEqualTo("here\n");
    node.remove(pod);
  }

  @Test
  void aHangupInTheFirstInstantDoesNotEndTheDaemon() throws Exception {
    // Given
    node.daemon.end();

    // Then
    assertThat(node.daemon.startHungUpOn()).as("%s", node.daemon.log()).isTrue();
    assertThat(ready()).containsExactly("crun");
  }

  @Test
  void aDaemonKilledInATrialLeavesNothingThatTheNextDoesNotClear() throws Exception {
    // Given a trial that hangs before its container runs
    var there = folder.resolve("there");
    var hanging = "*' start '*) touch %s; while [ -e %s ]; do sleep 0.1; done; exit 1;;";
    dropIn(
        "{binary: "
            + binary("case \"$*\" in " + hanging.formatted(there, there) + " esac; " + GOOD)
            + "}");
    node.daemon.kill();
    var started = CompletableFuture.supplyAsync(this::start);
    assertThat(Waiting.until(PATIENCE, () -> Files.exists(there))).isTrue();

    // When
    node.daemon.kill();
    assertThat(started.join()).isFalse();
    binary(GOOD);
    assertThat(start()).isTrue();
    Files.delete(there);

    // Then
    assertThat(Waiting.until(PATIENCE, this::nothingRuns)).isTrue();
    assertThat(ready()).containsExactly("crun", "extra");
    assertThat(node.daemon.mounts()).noneMatch(mount -> mount.contains("trials"));
    assertThat(trials()).isEmpty();
  }

  private boolean nothingRuns() {
    try {
      return node.daemon.processes().isEmpty();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Groups of trials. */
  private static List<Path> trials() throws IOException {
    try (var all = Files.find(Path.of("/sys/fs/cgroup"), 2, (path, _) -> true)) {
      return all.filter(path -> path.getFileName().toString().startsWith("gantry-trial-")).toList();
    }
  }

  private boolean start() {
    try {
      return node.daemon.start("");
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private Node.Pod pod() throws Exception {
    return node.pod("extra", NamespaceMode.CONTAINER);
  }

  private Path binary(String body) throws IOException {
    var file = folder.resolve("extra-runtime");
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void dropIn(String yaml) throws IOException {
    Files.writeString(folder.resolve("handlers.d/extra.yaml"), yaml + "\n");
  }

  /** Complete when the daemon has probed once more. */
  private void again() throws Exception {
    var before = probings();
    node.daemon.hangUp();
    assertThat(Waiting.until(PATIENCE, () -> probings() > before)).isTrue();
  }

  private long probings() {
    try (var log = Files.lines(node.daemon.log())) {
      return log.filter(line -> line.contains("probed again")).count();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private List<String> ready() throws Exception {
    return node
        .await(
            node.cri
                .call(RuntimeServiceGrpcClient.Status, StatusRequest.getDefaultInstance())
                .map(StatusResponse::getRuntimeHandlersList))
        .stream()
        .map(RuntimeHandler::getName)
        .filter(name -> !name.isEmpty())
        .toList();
  }
}
