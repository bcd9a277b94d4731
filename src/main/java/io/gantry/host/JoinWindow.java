package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time in which a process joins a control group without a wait.
 *
 * <p>The first join after a pause waits for a grace period of RCU, mostly 5 to 15 ms
 * (cgroup_threadgroup_rwsem in kernel/cgroup/cgroup.c, rcu_sync in kernel/rcu/sync.c); those that
 * come within some 15 ms of another one do not. So a join that changes nothing, of this process
 * into the group it is in, goes before those that are to come, and is repeated for a while.
 */
final class JoinWindow {
  private static final Logger LOG = LoggerFactory.getLogger(JoinWindow.class);

  /** From the spawn of a runtime to its last join, on a host that is not busy. */
  private static final long OPEN_NANOS = Duration.ofMillis(50).toNanos();

  private static final long REPEAT_NANOS = Duration.ofMillis(8).toNanos();

  private final Optional<Hierarchy> hierarchy;
  private final AtomicLong until = new AtomicLong(System.nanoTime());
  private final Thread thread;
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
    until.set(System.nanoTime() + OPEN_NANOS);
    LockSupport.unpark(thread);
  }

  void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void keepOpen() {
    while (!closed) {
      if (isOpen()) {
        hierarchy.flatMap(JoinWindow::ownGroup).ifPresent(this::joinAgainAndAgain);
      }
      LockSupport.park(this);
    }
  }

  private boolean isOpen() {
    return until.get() - System.nanoTime() > 0 && !closed;
  }

  /** Looked up for each window: somebody may have moved this process. */
  private static Optional<Cgroup> ownGroup(Hierarchy hierarchy) {
    try {
      return hierarchy.ownGroup();
    } catch (IOException unreadable) {
      LOG.atDebug().addKeyValue("error", unreadable.getMessage()).log("own group is not known");
      return Optional.empty();
    }
  }

  private void joinAgainAndAgain(Cgroup group) {
    while (isOpen()) {
      try {
        group.joinSelf();
      } catch (RuntimeFault refused) { // after the lock was taken, which is all that is wanted
        LOG.atTrace().addKeyValue("error", refused.getMessage()).log("joined nothing");
      }
      LockSupport.parkNanos(this, REPEAT_NANOS);
    }
  }
}
