package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Waiting;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.recovery.OnDisk;
import io.gantry.recovery.PrivateNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who talks to a container itself, whoever keeps its input: conmon, or a shim. */
@Tag("root")
class AttachIT {
  private static final String SHIM = "shim";

  @TempDir(factory = OnDisk.class)
  private Path folder;

  @AutoClose private LiveNode node;

  private void start(String handler) throws IOException {
    var shim = Crictl.binary().resolveSibling("../peers/containerd-shim-runc-v2").normalize();
    assumeTrue(
        !handler.equals(SHIM) || Files.isExecutable(shim), "src/test/conformance/build-peers.sh");
    var options = handler.equals(SHIM) ? "driver: shim, binary: " + shim : "";
    var yaml = "handlers: {default: %s, %s: {%s}}\n".formatted(handler, handler, options);
    node =
        new LiveNode(
            PrivateNode.in(folder, yaml), LiveNode.config(NamespaceOption.getDefaultInstance()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", SHIM})
  void theInputIsOpenOnceOrForAllWhoCome(String handler) throws Exception {
    // Given
    start(handler);
    var once = echoing("once", true);
    var left = echoing("left", true);
    var kept = echoing("kept", false);

    // When the client has said all: the container hears of it, and the client of the container
    try (var client = attached(once)) {
      says(client, "one");
      client.say(client.spdy.end(3));
      assertThat(client.until("goaway 0"::equals)).contains("data 5 over");
    }

    // When the first client goes away
    for (var container : new String[] {left, kept}) {
      try (var client = attached(container)) {
        says(client, "one");
      }
    }

    // Then
    assertThat(Waiting.until(LiveNode.PATIENCE, () -> node.ended(left))).isTrue();
    try (var second = attached(kept);
        var third = attached(kept)) {
      assertThat(says(second, "two")).doesNotContain("data 5 one"); // which was before its time
      says(third, "three");
      second.until("data 5 three"::equals);
    }
    assertThat(node.ended(kept)).isFalse();
  }

  /** A container that says what it hears, as long as somebody may say something. */
  private String echoing(String name, boolean once) {
    return node.started(
        LiveNode.container(name, "/bin/sh", "-c", "while read line; do echo $line; done; echo over")
            .setStdin(true)
            .setStdinOnce(once));
  }

  private RawClient attached(String container) throws IOException {
    var client = RawClient.upgraded(node.attach(container), "v4.channel.k8s.io");
    client.open("error", "stdin", "stdout");
    return client;
  }

  private static List<String> says(RawClient client, String word) throws IOException {
    client.say(client.spdy.data(3, word + "\n"));
    return client.until(("data 5 " + word)::equals);
  }
}
