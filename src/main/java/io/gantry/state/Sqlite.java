package io.gantry.state;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;

/** State in an SQLite file. */
public final class Sqlite {
  private Sqlite() {}

  /**
   * Opens {@code file}, or creates it, readable by its owner only.
   *
   * <p>Fails with FAILED_PRECONDITION, and leaves the file as it is, if it is not a state file, is
   * damaged, is too new, or belongs to a daemon that still runs.
   *
   * @param told hears the facts of each change that has any, in commit order, right after the
   *     change was applied; runs on the writer's thread, must not block or throw
   */
  public static Future<State> open(
      Vertx vertx, Path file, Clock clock, Consumer<List<SequencedFact>> told) {
    return SqliteState.open(vertx, () -> SqliteFile.open(file, Schema.CURRENT, clock), told);
  }
}
