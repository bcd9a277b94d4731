package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody at a terminal, with crictl, in a container of a real daemon. */
@Tag("root")
class TerminalIT {
  private static final List<String> TRANSPORTS = List.of("spdy", "websocket");
  private static final String INTERRUPT = "\u0003";

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private LiveNode node;
  private Crictl crictl;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Files.isExecutable(Crictl.binary()), "src/test/conformance/build-tools.sh");
    node = new LiveNode(folder, "crun");
    crictl = new Crictl(node.daemon.socket(), folder);
  }

  @AfterEach
  void end() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void aShellIsTalkedTo() throws Exception {
    for (var transport : TRANSPORTS) {
      shellIsTalkedTo(transport);
    }
  }

  private void shellIsTalkedTo(String transport) throws Exception {
    // Given
    var exec = crictl.command("exec", "-it", "-r", transport, node.container(), "/bin/sh");
    try (var terminal = new PseudoTerminal(folder, 33, 101, exec)) {
      assertThat(terminal.shows("# ")).as("%s", terminal).isTrue();

      // Then: what is typed is echoed, and answered
      terminal.type("echo $((6 * 7))\n");
      assertThat(terminal.shows("echo $((6 * 7))")).as("%s", terminal).isTrue();
      assertThat(terminal.shows("42")).as("%s", terminal).isTrue();

      // Then: its size is the terminal's, and stays so
      assertThat(terminal.showsAtLast("stty size", "33 101")).as("%s", terminal).isTrue();
      terminal.resize(40, 120);
      assertThat(terminal.showsAtLast("stty size", "40 120")).as("%s", terminal).isTrue();

      // Then: a command can be interrupted
      interrupted(terminal);
      terminal.type("echo it was $?\n");
      assertThat(terminal.shows("it was 130")).as("%s", terminal).isTrue();

      // Then: its exit code is told
      terminal.type("exit 7\n");
      assertThat(terminal.exit()).isNotZero();
      assertThat(terminal.toString()).contains("exit code 7");
    }
  }

  @Test
  void aContainersOwnShellOutlivesWhoAttaches() throws Exception {
    for (var transport : TRANSPORTS) {
      shellOutlivesWhoAttaches(transport);
    }
  }

  private void shellOutlivesWhoAttaches(String transport) throws Exception {
    // Given
    var shell =
        node.started(
            LiveNode.container("shell-" + transport, "/bin/sh").setStdin(true).setTty(true));
    var attach = crictl.command("attach", "-it", "-r", transport, shell);

    // When
    try (var terminal = new PseudoTerminal(folder, 33, 101, attach)) {
      assertThat(terminal.showsAtLast("kept=all && stty size", "33 101"))
          .as("%s", terminal)
          .isTrue();
      terminal.resize(40, 120);
      assertThat(terminal.showsAtLast("stty size", "40 120")).as("%s", terminal).isTrue();
      interrupted(terminal);
    }

    // Then
    try (var terminal = new PseudoTerminal(folder, 24, 80, attach)) {
      assertThat(terminal.showsAtLast("echo $kept of it", "all of it")).as("%s", terminal).isTrue();
      terminal.type("exit 7\n");
      assertThat(terminal.exit()).as("%s", terminal).isZero();
    }
    assertThat(Waiting.until(LiveNode.PATIENCE, () -> node.exitCode(shell) == 7)).isTrue();
  }

  /** A command is sent to the foreground, talked to, and interrupted. */
  private static void interrupted(PseudoTerminal terminal) throws Exception {
    terminal.type("echo re''ady; cat\n"); // by then the shell has left the terminal to others
    assertThat(terminal.shows("ready\r\n")).as("%s", terminal).isTrue();
    terminal.type("hey\n");
    assertThat(terminal.shows("hey\r\nhey\r\n")).as("%s", terminal).isTrue();
    terminal.type(INTERRUPT);
    assertThat(terminal.shows("^C")).as("%s", terminal).isTrue();
  }
}
