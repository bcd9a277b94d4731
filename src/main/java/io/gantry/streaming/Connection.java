package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.NetSocket;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What all streams to one client share: its back-pressure, its silence, its end. Confined to the
 * context of its socket.
 *
 * <p>The client is not read while more bytes than a bound wait for whoever they are meant for, and
 * while an answer that the protocol demands finds the way out full: a client that asks and never
 * reads would otherwise make the daemon hold its answers.
 */
final class Connection {
  private static final int WAITING_BYTES_MAX = 64 * 1024;

  /**
   * What may wait for a client that does not read, besides a piece that was being written; the
   * kernel holds much more. It is counted here: Vert.x's own queue is full only when 16 pieces are
   * in it, however large.
   */
  private static final int UNSENT_BYTES_MAX = 16 * 1024;

  /**
   * Closing a TCP connection on which something unread has arrived would make the kernel drop what
   * the client has not read yet. So the client is given this long to close first.
   */
  private static final Duration LINGER = Duration.ofSeconds(2);

  /**
   * While the client is not read, its leaving is not heard of either. So it is looked for this
   * often then; its silence is, too.
   */
  private static final Duration LOOK = Duration.ofSeconds(5);

  /** What is below the streams. */
  interface Below {
    /** Ends the connection at once, whatever has not gone out yet. */
    void cut();

    /** Whether the client has closed the connection, read up to that or not. */
    boolean left();
  }

  private final Vertx vertx;
  private final ReadStream<?> in;
  private final Duration idleTimeout;
  private final Below below;
  private final Promise<Void> closed = Promise.promise();
  private final Deque<Runnable> drained = new ArrayDeque<>();

  private long waitingBytes;
  private long unsentBytes;
  private boolean answersWait;
  private boolean held;
  private boolean over;
  private long touchedNanos = System.nanoTime();
  private long timer;

  Connection(Vertx vertx, ReadStream<?> in, WriteStream<?> out, Duration idleTimeout, Below below) {
    this.vertx = vertx;
    this.in = in;
    this.idleTimeout = idleTimeout;
    this.below = below;
    out.setWriteQueueMaxSize(UNSENT_BYTES_MAX);
    this.timer = vertx.setTimer(untilLook(), _ -> look());
  }

  /** Of an upgraded TCP connection. */
  static Connection over(Vertx vertx, NetSocket socket, Duration idleTimeout, Below below) {
    var connection = new Connection(vertx, socket, socket, idleTimeout, below);
    socket.closeHandler(_ -> connection.lost());
    socket.exceptionHandler(_ -> {}); // a client that is killed is no error of ours
    return connection;
  }

  /** Of a WebSocket. */
  static Connection over(Vertx vertx, ServerWebSocket socket, Duration idleTimeout, Below below) {
    var connection = new Connection(vertx, socket, socket, idleTimeout, below);
    socket.closeHandler(_ -> connection.lost());
    socket.exceptionHandler(_ -> {});
    return connection;
  }

  /** Succeeds when the connection is no more, whoever closed it. */
  Future<Void> closed() {
    return closed.future();
  }

  /** Something came or went. */
  void touched() {
    touchedNanos = System.nanoTime();
  }

  /** Counts bytes that are on their way out until they have gone, or never will. */
  Future<Void> sending(int bytes, Future<Void> written) {
    unsentBytes += bytes;
    return written.onComplete(_ -> sent(bytes));
  }

  private void sent(int bytes) {
    unsentBytes -= bytes;
    while (!full() && !drained.isEmpty()) {
      drained.removeFirst().run(); // which may well fill it again
    }
  }

  /** Whether what is written now would have to wait. */
  boolean full() {
    return unsentBytes > UNSENT_BYTES_MAX;
  }

  /** Runs once, when what was written has gone out; of use only while {@link #full}. */
  void whenDrained(Runnable then) {
    drained.addLast(then);
  }

  /** Bytes from the client wait for their reader. */
  void waiting(int bytes) {
    waitingBytes += bytes;
    settle();
  }

  /** Bytes that waited have been taken, or thrown away. */
  void taken(int bytes) {
    waitingBytes -= bytes;
    settle();
  }

  /** An answer was written that the client can ask for as often as it likes. */
  void answered() {
    if (full() && !answersWait) {
      answersWait = true;
      whenDrained(
          () -> {
            answersWait = false;
            settle();
          });
      settle();
    }
  }

  private void settle() {
    var least = held ? WAITING_BYTES_MAX / 2 : WAITING_BYTES_MAX;
    var hold = !over && (answersWait || waitingBytes > least);
    if (hold != held) {
      held = hold;
      if (hold) {
        in.pause();
      } else {
        in.resume();
      }
    }
  }

  /**
   * All is said once {@code last} is: the client may close then, and is not waited for much longer.
   */
  void finish(Future<Void> last) {
    over = true;
    settle(); // what still comes is read and thrown away
    last.onComplete(
        _ -> {
          vertx.cancelTimer(timer);
          timer = vertx.setTimer(millis(LINGER), _ -> cut());
        });
  }

  /** Ends the connection at once, if it still is there. */
  void cut() {
    if (!closed.future().isComplete()) {
      below.cut();
    }
  }

  void lost() {
    over = true;
    vertx.cancelTimer(timer);
    closed.tryComplete();
  }

  private void look() {
    var silence = Duration.ofNanos(System.nanoTime() - touchedNanos);
    if (silence.compareTo(idleTimeout) >= 0 || (held && below.left())) {
      cut();
    } else {
      timer = vertx.setTimer(untilLook(), _ -> look());
    }
  }

  private long untilLook() {
    return millis(LOOK.compareTo(idleTimeout) < 0 ? LOOK : idleTimeout);
  }

  private static long millis(Duration duration) {
    return Math.max(1, duration.toMillis());
  }
}
