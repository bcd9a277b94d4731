package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes whose parents have ended: the kernel gives them to this daemon, which is the subreaper
 * of all that it started (prctl(2), PR_SET_CHILD_SUBREAPER). They are reaped here, so that none
 * stays a zombie, and the exit code of one that somebody asks for is told.
 *
 * <p>Reaping happens on the loop: whenever a child has been spawned or has ended, and of one that
 * has been a zombie for a while, for then nobody asks for it. It must be: the init of a PID
 * namespace does not end before the last process in it has been reaped (pid_namespaces(7)), and a
 * runtime may have left one there that nobody knows of. While a child is being spawned nothing is
 * reaped that is not known: it could be that child, which nobody could tell from an orphan yet.
 */
final class Orphans {
  /** Whatever ended while nobody asked for it yet: its code, and when it was reaped. */
  private record Ended(int code, long atNanos) {}

  private static final Logger LOGGER = LoggerFactory.getLogger(Orphans.class);
  private static final Duration PERIOD = Duration.ofMillis(500);
  private static final int KEPT_MAX = 256;
  private static final int EXIT_UNKNOWN = 255;

  private final EpollLoop loop;
  private final Map<Integer, LinuxChild> children = new HashMap<>();
  private final Map<Integer, Watch> watches = new HashMap<>();
  private final Map<Integer, Ended> ended =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Ended> eldest) {
          return size() > KEPT_MAX;
        }
      };

  private int spawning; // guarded by this

  /** The zombie that was there a period ago; 0 if there was none. On the loop. */
  private int forgotten;

  /** Makes this process the one that gets them. */
  Orphans(EpollLoop loop) throws SyscallFailure {
    this.loop = loop;
    ProcessCalls.becomeSubreaper();
    loop.every(PERIOD, this::sweepForgotten);
  }

  /** A child is about to be spawned: nothing unknown is reaped until {@link #spawned}. */
  synchronized void spawning() {
    spawning++;
  }

  /** It has been, and is known by {@link #except}, or it never came to be. */
  void spawned() {
    loop.execute(
        () -> {
          synchronized (this) {
            spawning--;
          }
          sweep();
        });
  }

  /** A child has its own way of being reaped. */
  void except(LinuxChild child) {
    loop.execute(() -> children.put(child.ref().pid(), child));
  }

  /** It has been reaped; on the loop. */
  void reaped(LinuxChild child) {
    children.remove(child.ref().pid(), child);
  }

  /**
   * The exit code of an orphan, which may have ended already.
   *
   * @param sinceNanos a moment before it was started: an older process of that pid is another one
   */
  Future<Integer> exit(ContextInternal context, int pid, long sinceNanos) {
    Promise<Integer> exit = context.promise();
    loop.execute(() -> watch(pid, sinceNanos, exit));
    return exit.future();
  }

  private void watch(int pid, long sinceNanos, Promise<Integer> exit) {
    int pidfd;
    try {
      pidfd = ProcessCalls.pidfd(pid);
    } catch (SyscallFailure gone) {
      var known = ended.remove(pid);
      exit.complete(
          known != null && known.atNanos() - sinceNanos >= 0 ? known.code() : EXIT_UNKNOWN);
      return;
    }
    new Watch(pid, pidfd, exit);
  }

  /** One that is waited for. */
  private final class Watch {
    private final int pid;
    private final EpollLoop.Watched pidfd;
    private final Promise<Integer> exit;

    Watch(int pid, int pidfd, Promise<Integer> exit) {
      this.pid = pid;
      this.exit = exit;
      this.pidfd = loop.whenReadable(pidfd, this::look);
      watches.put(pid, this);
      this.pidfd.start();
    }

    private void look() {
      if (!watches.containsKey(pid) || !Descriptors.readable(pidfd.number())) {
        return;
      }
      try {
        ProcessCalls.reap(pid).ifPresent(this::end);
      } catch (SyscallFailure notOurs) {
        end(EXIT_UNKNOWN);
      }
    }

    void end(int code) {
      watches.remove(pid, this);
      pidfd.close();
      exit.tryComplete(code);
    }
  }

  /** Reaps every orphan that has ended; on the loop. */
  synchronized void sweep() {
    if (spawning > 0) {
      return; // and again when it is over
    }
    try {
      for (var zombie = ProcessCalls.zombie(); zombie != 0; zombie = ProcessCalls.zombie()) {
        reap(zombie);
      }
    } catch (SyscallFailure failure) {
      LOGGER.atWarn().addKeyValue("error", failure.getMessage()).log("orphans were not reaped");
    }
  }

  private void sweepForgotten() {
    try {
      var zombie = ProcessCalls.zombie();
      if (zombie != 0 && zombie == forgotten) {
        sweep();
      }
      forgotten = zombie;
    } catch (SyscallFailure failure) {
      LOGGER.atWarn().addKeyValue("error", failure.getMessage()).log("orphans were not looked for");
    }
  }

  private void reap(int pid) throws SyscallFailure {
    var child = children.remove(pid);
    if (child != null) {
      child.reap();
      return;
    }
    var code = ProcessCalls.reap(pid).orElse(EXIT_UNKNOWN);
    var watch = watches.get(pid);
    if (watch != null) {
      watch.end(code);
    } else {
      ended.put(pid, new Ended(code, System.nanoTime()));
    }
  }
}
