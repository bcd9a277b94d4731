package io.gantry.events;

import java.util.List;

/** What a {@link Cursor} found. */
public sealed interface Batch<T> {
  /** The next facts, in order and without a hole; at least one. */
  record Facts<T>(List<Entry<T>> entries) implements Batch<T> {}

  /**
   * The ring no longer has, or never had, the facts {@code from} to {@code to}, both included; the
   * cursor goes on after them.
   */
  record Gap<T>(long from, long to) implements Batch<T> {}

  /** Nothing has happened since. */
  record UpToDate<T>() implements Batch<T> {}
}
