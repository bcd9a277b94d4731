package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One inotify descriptor for all directories. Watches are added and taken away on the loop as well,
 * so that no event can come before its listener is known.
 */
final class LinuxWatches implements Watches {
  private static final Logger LOGGER = LoggerFactory.getLogger(LinuxWatches.class);
  private static final String EVERYTHING = "";

  private final Vertx vertx;
  private final EpollLoop loop;
  private final EpollLoop.Watched inotify;
  private final Map<Integer, Set<Listener>> listeners = new HashMap<>(); // on the loop only

  LinuxWatches(Vertx vertx, EpollLoop loop) throws SyscallFailure {
    this.vertx = vertx;
    this.loop = loop;
    this.inotify = loop.whenReadable(InotifyCalls.open(), this::read);
    inotify.start();
  }

  @Override
  public Future<Runnable> directory(Path directory, Handler<String> changed) {
    var context = (ContextInternal) vertx.getOrCreateContext();
    var listener = new Listener(context, changed);
    var answer = context.<Runnable>promise();
    loop.execute(
        () -> {
          try {
            var watch = InotifyCalls.add(inotify.number(), directory);
            listeners.computeIfAbsent(watch, _ -> new HashSet<>()).add(listener);
            answer.complete(() -> end(watch, listener));
          } catch (SyscallFailure failure) {
            answer.fail(failure.fault());
          }
        });
    return answer.future();
  }

  private void end(int watch, Listener listener) {
    listener.end();
    loop.execute(
        () -> {
          var left = listeners.get(watch);
          if (left != null && left.remove(listener) && left.isEmpty()) {
            listeners.remove(watch);
            InotifyCalls.remove(inotify.number(), watch);
          }
        });
  }

  private void read() {
    try {
      var count = Descriptors.read(inotify.number(), loop.chunk());
      if (count > 0) {
        InotifyCalls.parse(loop.chunk().asSlice(0, count)).forEach(this::tell);
        loop.execute(this::read);
      }
    } catch (SyscallFailure failure) {
      LOGGER.atError().setCause(failure).log("Directories are not watched any more");
    }
  }

  private void tell(InotifyCalls.Event event) {
    if (event.has(InotifyCalls.IN_Q_OVERFLOW)) {
      listeners.values().forEach(each -> each.forEach(listener -> listener.tell(EVERYTHING)));
    } else if (event.has(InotifyCalls.IN_IGNORED)) {
      concerned(listeners.remove(event.watch())).forEach(listener -> listener.tell(EVERYTHING));
    } else {
      concerned(listeners.get(event.watch())).forEach(listener -> listener.tell(event.name()));
    }
  }

  private static List<Listener> concerned(@Nullable Set<Listener> some) {
    return Optional.ofNullable(some).map(List::copyOf).orElse(List.of());
  }

  /** A handler with what it has not yet been told; past a bound it is told to look for itself. */
  private static final class Listener {
    private static final int UNTOLD_MAX = 1024;

    private final ContextInternal context;
    private final Handler<String> changed;
    private final AtomicInteger untold = new AtomicInteger();
    private volatile boolean ended;

    Listener(ContextInternal context, Handler<String> changed) {
      this.context = context;
      this.changed = changed;
    }

    void end() {
      ended = true;
    }

    void tell(String name) {
      var before = untold.getAndIncrement();
      if (before < UNTOLD_MAX) {
        context.runOnContext(_ -> told(before == UNTOLD_MAX - 1 ? EVERYTHING : name));
      }
    }

    private void told(String name) {
      // Whatever was left out has been left out before this handler looks.
      if (name.isEmpty()) {
        untold.set(0);
      } else {
        untold.updateAndGet(count -> Math.max(0, count - 1));
      }
      if (!ended) {
        changed.handle(name);
      }
    }
  }
}
