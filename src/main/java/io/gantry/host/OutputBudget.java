package io.gantry.host;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much captured output may be in memory at once, over all commands that have a share of it. A
 * command whose output finds no room goes on, and the rest of its output is dropped: what it says
 * at the end is right, what it said may be cut.
 */
public final class OutputBudget {
  /** What every command may say whatever the others do: a probe's answer, and more. */
  static final int ALWAYS_BYTES = 128 << 10;

  private final AtomicLong leftBytes;

  private OutputBudget(long bytes) {
    this.leftBytes = new AtomicLong(bytes);
  }

  public static OutputBudget of(long bytes) {
    return new OutputBudget(bytes);
  }

  /** A share for one command, to be closed once its output is not in memory any more. */
  public Share share() {
    return new Share();
  }

  /** What one command has taken. Safe for any thread. */
  public final class Share implements AutoCloseable {
    private long keptBytes;
    private long takenBytes;
    private boolean closed;

    private Share() {}

    /** How many of the {@code wanted} bytes may be kept. */
    synchronized int take(int wanted) {
      var free = Math.clamp(ALWAYS_BYTES - keptBytes, 0, wanted);
      var more = closed ? 0 : taken(wanted - free);
      keptBytes += free + more;
      takenBytes += more;
      return free + more;
    }

    private int taken(int wanted) {
      var before = leftBytes.getAndUpdate(left -> Math.max(0, left - wanted));
      return (int) Math.min(before, wanted);
    }

    /** Gives back what was taken. Idempotent. */
    @Override
    public synchronized void close() {
      closed = true;
      leftBytes.addAndGet(takenBytes);
      takenBytes = 0;
    }
  }
}
