package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Watches that a test sets off by hand. */
public final class FakeWatches implements Watches {
  private record Watch(Path directory, Handler<String> changed) {}

  private final FakeHost host;
  private final List<Watch> watches = new CopyOnWriteArrayList<>();

  FakeWatches(FakeHost host) {
    this.host = host;
  }

  /** Tells those who watch the file's directory, on the thread of the test. */
  public void tell(Path file) {
    tell(file.getParent(), file.getFileName().toString());
  }

  /** The same for a name; {@code ""} is an overflow. */
  public void tell(Path directory, String name) {
    watches.stream()
        .filter(watch -> watch.directory().equals(directory))
        .forEach(watch -> watch.changed().handle(name));
  }

  /** Whether anyone watches this directory. */
  public boolean isWatched(Path directory) {
    return watches.stream().anyMatch(watch -> watch.directory().equals(directory));
  }

  @Override
  public Future<Runnable> directory(Path directory, Handler<String> changed) {
    return host.recorded(
        "watches.directory",
        directory.toString(),
        () -> {
          var watch = new Watch(directory, changed);
          watches.add(watch);
          return Future.succeededFuture(() -> watches.remove(watch));
        });
  }
}
