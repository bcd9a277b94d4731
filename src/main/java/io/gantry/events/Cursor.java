package io.gantry.events;

/** A reader's place in a {@link FactRing}. For one thread at a time; never blocks. */
public interface Cursor<T> {
  /** What comes next, at most {@code max} facts, and moves past it. */
  Batch<T> poll(int max);

  /** The sequence that this cursor has moved past. */
  long position();
}
