package io.gantry.monitor;

import io.gantry.driver.Strand;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;

/**
 * The outputs of a process as conmon sends them: packets whose first byte tells which it is.
 * Bounded in what it holds for a reader who pauses.
 */
final class Strands {
  /** What becomes of a process whose reader pauses. */
  enum Slow {
    /** It waits: nobody else reads its output. */
    WAITS,
    /** It goes on, and the reader loses some: conmon would write no log while it waits. */
    LOSES
  }

  private static final byte STDOUT = 2;
  private static final byte STDERR = 3;

  private final ReadStream<Buffer> packets;
  private final Slow slow;
  private final Optional<Strand> stdout;
  private final Optional<Strand> stderr;
  private boolean paused;

  Strands(ReadStream<Buffer> packets, Slow slow, boolean stdout, boolean stderr) {
    this.packets = packets;
    this.slow = slow;
    this.stdout = stdout ? Optional.of(Strand.telling(this::taken)) : Optional.empty();
    this.stderr = stderr ? Optional.of(Strand.telling(this::taken)) : Optional.empty();
    packets.exceptionHandler(_ -> {}); // the end follows
    packets.endHandler(_ -> ended());
    packets.handler(this::arrived);
  }

  Optional<ReadStream<Buffer>> stdout() {
    return stdout.map(strand -> strand);
  }

  Optional<ReadStream<Buffer>> stderr() {
    return stderr.map(strand -> strand);
  }

  private void arrived(Buffer packet) {
    var strand =
        switch (packet.getByte(0)) {
          case STDOUT -> stdout;
          case STDERR -> stderr;
          default -> Optional.<Strand>empty();
        };
    strand
        .filter(one -> slow == Slow.WAITS || !one.full())
        .ifPresent(one -> one.add(packet.slice(1, packet.length())));
    if (slow == Slow.WAITS && strand.filter(Strand::full).isPresent()) {
      paused = true;
      packets.pause();
    }
  }

  private void taken() {
    if (paused && stdout.filter(Strand::full).isEmpty() && stderr.filter(Strand::full).isEmpty()) {
      paused = false;
      packets.resume();
    }
  }

  private void ended() {
    stdout.ifPresent(Strand::end);
    stderr.ifPresent(Strand::end);
  }
}
