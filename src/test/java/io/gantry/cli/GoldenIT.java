package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people see of one pod of a real daemon: tables, documents, and why it does not start. */
@Tag("root")
class GoldenIT {
  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;

  @BeforeEach
  void prepare() throws Exception {
    node = Node.in(folder).started();
  }

  @AfterEach
  void clear() throws Exception {
    node.close();
  }

  @Test
  void aPodThatRunsAndAContainerThatHasEnded() throws Exception {
    // Given
    node.answered(node.cri().pull(Node.IMAGE));
    var pod = node.answered(node.cri().runPod(node.pod("web-0")));
    start(pod, "app", "exec sleep 600");
    start(pod, "init", "exit 3");
    assertThat(
            Waiting.until(
                Duration.ofSeconds(30), () -> node.gantrySays("ps", "-a").contains("exited 3")))
        .isTrue();

    // Then
    holds("ps", "ps");
    holds("ps-all", "ps", "-a");
    holds("ps-json", "ps", "-a", "-o", "json");
    holds("ps-yaml", "ps", "-a", "-o", "yaml");
    holds("pods", "pods");
    holds("pods-json", "pods", "-o", "json");
    holds("pods-yaml", "pods", "-o", "yaml");
    holds("images", "images");
    holds("images-json", "images", "-o", "json");
    holds("networks", "networks");
    holds("why-pod", "why", "web-0");
    holds("why-running", "why", "app");
    holds("why-ended", "why", "init");
    holds("stop-refused", "stop", "app");
    holds("drain", "drain", "winter", "--reason", "a new disk");
    holds("undrain", "undrain", "winter");
    holds("prune-dry-run", "prune", "--dry-run");
    holds("token-list", "token", "list");
    holds("unknown", "stop", "nobody");
  }

  private void start(String pod, String name, String script) throws Exception {
    var config = Node.container("/bin/sh", "-c", script);
    config.getMetadataBuilder().setName(name);
    var container =
        node.answered(
            node.cri().create(pod, config.setLogPath(name + ".log").build(), node.pod("web-0")));
    node.answered(node.cri().start(container));
  }

  private void holds(String name, String... arguments) throws Exception {
    Golden.holds("cli/" + name, node.gantry(arguments).text(), folder);
  }
}
