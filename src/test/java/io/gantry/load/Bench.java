package io.gantry.load;

import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;

/**
 * What all scenarios share.
 *
 * @param peers ours first, then the one to compare with
 * @param image of the pods; every peer has it
 * @param work a folder for pods' files
 */
record Bench(
    Vertx vertx,
    List<Peer> peers,
    String image,
    Path work,
    int rounds,
    Samples samples,
    Phases phases) {
  /** Something done to one peer in one round. */
  interface Turn {
    void take(Peer peer);
  }

  /** All peers in turn, the one that was last in the round before first. */
  void alternate(int round, Turn turn) {
    (round % 2 == 0 ? peers : peers.reversed()).forEach(turn::take);
  }

  static void say(String format, Object... args) {
    System.out.println("   " + format.formatted(args));
  }
}
