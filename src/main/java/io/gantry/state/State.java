package io.gantry.state;

import io.gantry.call.Call;
import io.vertx.core.Future;
import java.util.List;

/**
 * The durable records of this node and the outbox of facts about them: one SQLite file, one writer.
 *
 * <p>Commits take effect one at a time in call order; several waiting ones share a transaction.
 * Call from any thread; futures complete on the caller's context. Nobody reads here but a start:
 * the truth is in the memory of its owners.
 */
public interface State {
  /**
   * Makes {@code change} durable, whole or not at all. Then, before the future completes and in
   * commit order with all other changes: runs the change's {@link Change#applied}, and tells its
   * facts to the listener of this store.
   *
   * <p>Removals come before puts. A put over a row of an earlier run keeps the fields of its body
   * that the new body does not have, for a newer version may have written them: a field of ours
   * that is to go is put as {@code null}.
   *
   * <p>A change that fails fails alone. RESOURCE_EXHAUSTED: the disk is full and the reserve beside
   * the file used up, the record is too large, or too many changes wait. UNAVAILABLE: the disk
   * fails, or the store is closed.
   */
  Future<Void> commit(Call call, Change change);

  /**
   * Brings what is committed to the disk itself, as {@link Change#synced} would have: for work that
   * goes on meanwhile. UNAVAILABLE if the disk fails, or the store is closed.
   */
  Future<Void> sync();

  /**
   * All records of a kind. One that cannot be read is set aside in the file, reported in the log,
   * and left out.
   */
  Future<List<Row>> load(String kind);

  /**
   * Moves a record out of the way of the next start and reports it in the log: for one that {@link
   * #load} could read and its owner cannot. Nothing happens if there is no such record.
   */
  Future<Void> setAside(Change.Key record, String reason);

  /**
   * Facts after {@code sequence}, oldest first, at most {@code limit} and at most 1000. Only the
   * newest 10,000 are kept: if the first one is not the next one, those between are gone.
   */
  Future<List<SequencedFact>> facts(long sequence, int limit);

  /** The sequence of the newest fact; 0 if there never was one. */
  long lastSequence();

  /** Commits what is waiting, and closes the file. Later calls fail with UNAVAILABLE. */
  Future<Void> close();
}
