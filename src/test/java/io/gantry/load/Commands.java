package io.gantry.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Map;

/** How long the commands take to list the containers of one daemon: all of a process's life. */
final class Commands implements Scenario {
  static final String PREFIX = "Command: ";

  private final String gantry;
  private final String crictl;

  /** Where the two are. */
  Commands(String gantry, String crictl) {
    this.gantry = gantry;
    this.crictl = crictl;
  }

  @Override
  public void run(Bench bench) {
    var peer = bench.peers().getFirst();
    var ours = List.of(gantry, "ps", "--socket", peer.dir().resolve("run/api.sock").toString());
    var theirs = List.of(crictl, "--runtime-endpoint", "unix://" + peer.socket(), "ps");
    for (var round = -2; round < bench.rounds(); round++) { // the first ones read the disk
      for (var command : Map.of("gantry ps", ours, "crictl ps", theirs).entrySet()) {
        var millis = ran(command.getValue());
        if (round >= 0) {
          bench.samples().add(PREFIX + command.getKey(), peer, millis);
        }
      }
    }
  }

  private static double ran(List<String> command) {
    var begun = System.nanoTime();
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      var code = process.waitFor();
      if (code != 0) {
        throw new IllegalStateException(command + ": exit code " + code);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return (System.nanoTime() - begun) / 1e6;
  }
}
