package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.nio.file.Path;

/** What happens in directories, by inotify. */
public interface Watches {
  /**
   * Tells the name of each file that appears complete in {@code directory} (moved in, or closed
   * after writing) or goes from it; on the context of the caller. An overflow of the kernel's queue
   * is told as the name {@code ""}: look at everything.
   *
   * @return what ends the watch
   */
  Future<Runnable> directory(Path directory, Handler<String> changed);
}
