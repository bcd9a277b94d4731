package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.recovery.OnDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command against a real daemon with a pod that counts. */
@Tag("root")
class GantryCommandIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;
  private String container;

  @BeforeEach
  void prepare() throws Exception {
    node = Node.in(folder).started();
  }

  @AfterEach
  void clear() throws Exception {
    node.close();
  }

  private void counting() throws Exception {
    assertThat(node.gantry("pull", Node.IMAGE).text()).contains("sha256:");
    var pod = node.answered(node.cri().runPod(node.pod("web-0")));
    var script = "i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; done";
    container =
        node.answered(
            node.cri()
                .create(pod, Node.container("/bin/sh", "-c", script).build(), node.pod("web-0")));
    node.answered(node.cri().start(container));
  }

  @Test
  void whatRunsIsListedFollowedAndEndedOnlyWithAWord() throws Exception {
    counting();

    assertThat(node.gantry("ps").text())
        .contains("NAME", "app", "shop/web-0", "running", Node.IMAGE);
    assertThat(node.gantry("pods", "-o", "json").text()).contains("\"namespace\" : \"shop\"");
    assertThat(node.gantry("images").text()).contains(Node.IMAGE);
    assertThat(node.gantry("stats").text()).contains("app");
    assertThat(node.gantry("why", "app").text()).contains("it has been running for");
    assertThat(node.gantry("logs", "--tail", "2", "app").text().lines()).hasSize(2);
    assertThat(node.gantry("handlers").text()).contains("crun");
    assertThat(node.gantry("networks").text()).contains("PLUGINS", "kill", "bridge", "yes");
    assertThat(node.gantry("operations", "-o", "json").text()).contains("\"part\" : \"layer ");

    var refused = node.gantry("stop", "app");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.text()).contains("belongs to the kubelet");
    assertThat(node.gantry("stop", "--override", "--grace", "0", "app").code()).isZero();
    assertThat(node.gantry("ps", "-a").text()).contains("exited 137");
    assertThat(node.gantry("rm", "--override", "app").code()).isZero();
    assertThat(node.gantry("rm", "--pod", "--override", "web-0").code()).isZero();
    assertThat(node.gantry("rmi", Node.IMAGE).code()).isZero();
    assertThat(node.gantry("images", "-o", "json").text().strip()).isEqualTo("[ ]");
  }

  @Test
  void whatIsPausedStandsStillAlsoForTheNextDaemonAndIsLetGoBeforeItIsStopped() throws Exception {
    // Given
    var pod = node.answered(node.cri().pull(Node.IMAGE).compose(_ -> node.cri().runPod(pod())));
    var script = "trap 'exit 7' TERM; while true; do echo tick; sleep 0.05; done";
    var config = Node.container("/bin/sh", "-c", script).build();
    container = node.answered(node.cri().create(pod, config, pod()));
    node.answered(node.cri().start(container));
    var log = folder.resolve("logs/app.log");
    assertThat(Waiting.until(PATIENCE, () -> text(log).contains("tick"))).isTrue();

    // When
    assertThat(node.gantry("pause", "app").text()).contains("belongs to the kubelet");
    assertThat(node.gantry("pause", "--override", "app").code()).isZero();

    // Then
    var said = text(log);
    assertThat(node.gantry("ps").text()).contains("paused");
    assertThat(node.gantry("why", "app").text()).contains("it is paused", "gantry unpause");
    var refused = node.gantry("exec", "app", "/bin/echo", "hello");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.text()).contains("is paused (expected: one that was resumed)");
    node.restart();
    assertThat(node.gantry("ps").text()).contains("paused");
    assertThat(text(log)).isEqualTo(said);

    // And it goes on
    assertThat(node.gantry("unpause", "--override", "app").code()).isZero();
    assertThat(Waiting.until(PATIENCE, () -> text(log).length() > said.length())).isTrue();
    assertThat(node.gantry("exec", "app", "/bin/echo", "hello").text()).isEqualTo("hello\n");

    // A stop reaches it, paused or not
    assertThat(node.gantry("pause", "--override", "app").code()).isZero();
    assertThat(node.gantry("stop", "--override", "--grace", "60", "app").code()).isZero();
    assertThat(node.gantry("ps", "-a").text()).contains("exited 7");
    assertThat(node.gantry("pause", "--override", "app").text()).contains("expected: running");
  }

  private PodSandboxConfig pod() {
    return node.pod("web-0");
  }

  @Test
  void eventsGoOnAfterARestartWithoutAGapOrARepeat() throws Exception {
    // Given
    counting();
    var before = events("0");

    // When
    node.restart();
    node.answered(node.cri().stop(container, Duration.ZERO));
    node.answered(node.cri().remove(container));
    var after = events(String.valueOf(before.size()));

    // Then
    assertThat(before).first().isEqualTo("1");
    assertThat(after).first().isEqualTo(String.valueOf(before.size() + 1));
    assertThat(after.size()).isGreaterThanOrEqualTo(2);
    assertThat(events("0")).hasSize(before.size() + after.size()).doesNotHaveDuplicates();
  }

  /** The numbers of the events after one, as far as there are any now. */
  private List<String> events(String since) throws Exception {
    var output = Files.createTempFile(folder, "events", ".txt");
    var newest = node.gantry("info").text().replaceAll("(?s).*lastEvent +(\\d+).*", "$1");
    var follower = node.begun(output, "events", "--since", since);
    try {
      Waiting.until(Duration.ofSeconds(20), () -> numbers(output).contains(newest));
      return numbers(output);
    } finally {
      follower.destroy();
      follower.waitFor();
    }
  }

  private static List<String> numbers(Path output) {
    try {
      return Files.readAllLines(output).stream().map(line -> line.strip().split(" ")[0]).toList();
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  @Test
  void followedLogsEndWithTheContainer() throws Exception {
    // Given
    counting();
    var output = Files.createTempFile(folder, "log", ".txt");
    var follower = node.begun(output, "logs", "-f", "app");
    Waiting.until(Duration.ofSeconds(20), () -> text(output).contains("tick 5"));

    // When
    node.answered(node.cri().stop(container, Duration.ZERO));

    // Then
    assertThat(follower.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    assertThat(follower.exitValue()).isZero();
    assertThat(text(output)).startsWith("tick 1\ntick 2\n");
  }

  private static String text(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  @Test
  void withoutADaemonItSaysWhereItLooked() throws Exception {
    // Given
    node.restart();
    var socket = folder.resolve("nowhere.sock").toString();

    // When
    var said = node.gantry("ps", "--socket", socket);

    // Then
    assertThat(said.code()).isEqualTo(3);
    assertThat(said.text()).contains(socket, "expected: gantryd running");
  }

  @Test
  void whatIsNotHereIsSaidByName() throws Exception {
    var said = node.gantry("why", "nobody");

    assertThat(said.code()).isEqualTo(1);
    assertThat(said.text()).contains("'nobody'", "nothing of this name is here");
  }
}
