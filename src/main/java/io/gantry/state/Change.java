package io.gantry.state;

import java.util.ArrayList;
import java.util.List;

/**
 * What is to become durable in one go.
 *
 * @param puts rows to write or replace
 * @param removals rows to delete, whether or not they exist; before anything is put
 * @param facts what to tell
 * @param durable whether it must survive a power cut: a full sync. Without it, it survives the
 *     death of the daemon, and a power cut may take the latest changes
 * @param applied swaps the owners' memory; must not block or throw
 */
public record Change(
    List<Row> puts, List<Key> removals, List<FactDraft> facts, boolean durable, Runnable applied) {
  /** Names a row. */
  public record Key(String kind, String id) {}

  public static Change put(Row row) {
    return new Change(List.of(row), List.of(), List.of(), false, () -> {});
  }

  public static Change remove(String kind, String id) {
    return new Change(List.of(), List.of(new Key(kind, id)), List.of(), false, () -> {});
  }

  /** This change and what {@code other} writes and tells, in one transaction. */
  public Change and(Change other) {
    return new Change(
        joined(puts, other.puts),
        joined(removals, other.removals),
        joined(facts, other.facts),
        durable || other.durable,
        () -> {
          applied.run();
          other.applied.run();
        });
  }

  public Change telling(FactDraft fact) {
    return new Change(puts, removals, joined(facts, List.of(fact)), durable, applied);
  }

  /** Synced to the disk before the future completes: for what announces something outside us. */
  public Change synced() {
    return new Change(puts, removals, facts, true, applied);
  }

  /** With {@code swap} run once it is committed. */
  public Change then(Runnable swap) {
    return new Change(puts, removals, facts, durable, swap);
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    var all = new ArrayList<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }
}
