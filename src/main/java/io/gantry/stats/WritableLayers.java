package io.gantry.stats;

import io.gantry.container.Container;
import io.gantry.container.Containers;
import io.gantry.host.Host;
import io.gantry.host.TreeUsage;
import io.gantry.host.TreeWalk;
import io.gantry.ids.ContainerId;
import io.gantry.runtime.RootImage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much containers have written, measured in the background: a question is answered with what
 * was last found, and has it measured again if that is old. One layer at a time is walked, some
 * files at a go, with pauses in between; the longer a walk takes the longer it holds.
 */
final class WritableLayers {
  private static final Logger LOG = LoggerFactory.getLogger(WritableLayers.class);

  private static final int FILES_A_GO = 2000;
  private static final Duration FRESH = Duration.ofSeconds(10);

  /** A pause is this many times as long as the go before it, and a walk holds that much longer. */
  private static final int RESTING = 4;

  /**
   * What is known of a layer.
   *
   * @param until from when on it is to be measured again
   */
  private record Known(Optional<WrittenFiles> written, Instant until, boolean waiting) {
    static final Known NOTHING = new Known(Optional.empty(), Instant.MIN, false);

    Known queued() {
      return new Known(written, until, true);
    }
  }

  private record Wanted(ContainerId container, Path layer, RootImage image) {}

  private final Vertx vertx;
  private final Host host;
  private final Containers containers;
  private final Path root;
  private final Clock clock;
  private final Instant begun;
  private final ConcurrentMap<ContainerId, Known> known = new ConcurrentHashMap<>();

  /** Guarded by itself, as {@link #walking} is. */
  private final Queue<Wanted> queue = new ArrayDeque<>();

  private boolean walking;

  WritableLayers(Stats.Parts parts) {
    this.vertx = parts.vertx();
    this.host = parts.host();
    this.containers = parts.containers();
    this.root = parts.root();
    this.clock = parts.clock();
    this.begun = clock.instant();
  }

  /** What was last found; empty for a container older than this daemon that is yet to be walked. */
  Optional<WrittenFiles> of(Container container) {
    var id = container.id();
    var now = known.computeIfAbsent(id, _ -> first(container));
    if (!now.waiting
        && !now.until.isAfter(clock.instant())
        && known.replace(id, now, now.queued())) {
      want(new Wanted(id, containers.writable(container), containers.image(container)));
    }
    return now.written;
  }

  /** A layer begins as an empty directory. */
  private Known first(Container container) {
    return container.createdAt().isBefore(begun)
        ? Known.NOTHING
        : new Known(
            Optional.of(new WrittenFiles(container.createdAt(), root, 0, 1)), Instant.MIN, false);
  }

  private void want(Wanted wanted) {
    synchronized (queue) {
      queue.add(wanted);
      if (walking) {
        return;
      }
      walking = true;
    }
    walkNext();
  }

  private void walkNext() {
    Wanted next;
    synchronized (queue) {
      next = queue.poll();
      walking = next != null;
    }
    if (next != null) {
      walk(next).onComplete(_ -> vertx.runOnContext(_ -> walkNext()));
    }
  }

  private Future<Void> walk(Wanted wanted) {
    var from = System.nanoTime();
    return host.disk()
        .run(() -> TreeWalk.of(wanted.layer))
        .compose(
            walk -> {
              Promise<TreeUsage> ended = Promise.promise();
              walkOn(walk, ended);
              return ended.future().eventually(() -> host.disk().act(walk::close));
            })
        .compose(layer -> host.disk().run(() -> layer.plus(ImageGrowth.of(wanted.image))))
        .onSuccess(usage -> found(wanted, usage, Duration.ofNanos(System.nanoTime() - from)))
        .onFailure(cause -> failed(wanted, cause))
        .mapEmpty();
  }

  private void walkOn(TreeWalk walk, Promise<TreeUsage> ended) {
    var from = System.nanoTime();
    host.disk()
        .run(() -> walk.further(FILES_A_GO))
        .onFailure(ended::fail)
        .onSuccess(
            done -> {
              if (done) {
                ended.complete(walk.usage());
              } else {
                var took = Duration.ofNanos(System.nanoTime() - from);
                vertx
                    .timer(
                        Math.max(1, took.multipliedBy(RESTING).toMillis()), TimeUnit.MILLISECONDS)
                    .onSuccess(_ -> walkOn(walk, ended));
              }
            });
  }

  private void found(Wanted wanted, TreeUsage usage, Duration took) {
    var now = clock.instant();
    var holds = took.multipliedBy(RESTING);
    known.computeIfPresent(
        wanted.container,
        (_, _) ->
            new Known(
                Optional.of(new WrittenFiles(now, root, usage.bytes(), usage.inodes())),
                now.plus(holds.compareTo(FRESH) > 0 ? holds : FRESH),
                false));
  }

  private void failed(Wanted wanted, Throwable cause) {
    LOG.atInfo()
        .addKeyValue("containerId", wanted.container)
        .addKeyValue("error", cause.getMessage())
        .log("a writable layer could not be measured");
    known.computeIfPresent(
        wanted.container,
        (_, before) -> new Known(before.written, clock.instant().plus(FRESH), false));
  }

  /** Forgets all but these. */
  void keep(Collection<ContainerId> ids) {
    known.keySet().retainAll(ids);
  }

  int size() {
    return known.size();
  }
}
