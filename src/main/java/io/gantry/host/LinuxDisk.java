package io.gantry.host;

import io.vertx.core.Future;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** File work on a pool. */
record LinuxDisk(Pool pool) implements Disk {
  @Override
  public <T extends @Nullable Object> Future<T> run(Callable<T> work) {
    return pool.run(work);
  }
}
