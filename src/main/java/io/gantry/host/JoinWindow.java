package io.gantry.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time in which processes join control groups without a wait.
 *
 * <p>The first join after a pause waits for a grace period of RCU, 5 to 25 ms
 * (cgroup_threadgroup_rwsem in kernel/cgroup/cgroup.c, rcu_sync in kernel/rcu/sync.c); those that
 * come within some 15 ms of another one do not. So a join that changes nothing, of this process
 * into the group it is in, goes before those that are to come, and is repeated for a while.
 */
final class JoinWindow {
  private static final Logger LOG = LoggerFactory.getLogger(JoinWindow.class);

  /** Mostly one thing comes after the other: a create, a start, a hook or a probe. */
  private static final long OPEN_NANOS = Duration.ofMillis(200).toNanos();

  private static final int SELF = (int) ProcessHandle.current().pid();

  private static final long REPEAT_NANOS = Duration.ofMillis(8).toNanos();

  private final Optional<Hierarchy> hierarchy;
  private final Thread thread;
  private volatile long untilNanos = System.nanoTime();
  private volatile boolean closed;

  /**
   * @param hierarchies of which one will do: they have one lock
   */
  JoinWindow(List<Hierarchy> hierarchies) {
    hierarchy = hierarchies.stream().findFirst();
    thread = Thread.ofPlatform().name("gantry-join").daemon().start(this::keepOpen);
  }

  /** Opens it, or leaves it open for longer. */
  void open() {
    untilNanos = System.nanoTime() + OPEN_NANOS;
    LockSupport.unpark(thread);
  }

  void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void keepOpen() {
    while (!closed) {
      LockSupport.park(this);
      while (isOpen()) {
        joinAgainAndAgain();
        LockSupport.parkNanos(this, REPEAT_NANOS);
      }
    }
  }

  private boolean isOpen() {
    return untilNanos - System.nanoTime() > 0 && !closed;
  }

  private void joinAgainAndAgain() {
    try {
      var place = place();
      var group = group(place);
      if (group.isPresent() && group.get().has(SELF)) { // not another one of its name
        joinAgainAndAgain(group.get(), place);
      }
    } catch (IOException unreadable) { // joins wait then, and that is all
      LOG.atDebug().addKeyValue("error", unreadable.getMessage()).log("own group is not known");
    }
  }

  /** Until this process is somewhere else: it must not go back to where somebody took it from. */
  private void joinAgainAndAgain(Cgroup group, String place) throws IOException {
    var self = ByteBuffer.wrap(new byte[] {'0'});
    try (var joins = group.joins()) {
      while (isOpen() && place.equals(place())) {
        join(joins, self.rewind());
        LockSupport.parkNanos(this, REPEAT_NANOS);
      }
    }
  }

  private static String place() throws IOException {
    return Files.readString(Path.of("/proc/self/cgroup"));
  }

  private Optional<Cgroup> group(String place) {
    return hierarchy.flatMap(tree -> tree.groupOf(place));
  }

  /** A refusal comes after the lock was taken, which is all that is wanted. */
  private static void join(FileChannel joins, ByteBuffer self) {
    try {
      joins.write(self);
    } catch (IOException refused) {
      LOG.atTrace().addKeyValue("error", refused.getMessage()).log("joined nothing");
    }
  }
}
