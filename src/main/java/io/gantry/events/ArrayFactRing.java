package io.gantry.events;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A ring over an array.
 *
 * <pre>
 *   writer:  oldest := what will be left  ──►  slot := entry  ──►  newest := sequence
 *   reader:  newest  ──►  oldest  ──►  slots; a slot with another sequence was overtaken
 * </pre>
 *
 * <p>The writer gives a slot up in {@code oldest} before it overwrites it, so that a reader who
 * finds a foreign entry in a slot finds, on looking again, that it has fallen behind.
 */
final class ArrayFactRing<T> implements FactRing<T> {
  private final int kept;
  private final BusWaker waker;
  private final AtomicReferenceArray<@Nullable Entry<T>> slots;
  private volatile long oldest = 1;
  private volatile long newest;

  ArrayFactRing(int kept, BusWaker waker) {
    this.kept = kept;
    this.waker = waker;
    this.slots = new AtomicReferenceArray<>(kept);
  }

  @Override
  public void startAfter(long sequence) {
    checkRises(sequence, newest);
    oldest = sequence + 1;
    newest = sequence;
    waker.wake(this::newest);
  }

  @Override
  public void append(long sequence, T payload) {
    checkRises(sequence, newest + 1);
    var follows = sequence == newest + 1;
    oldest = follows ? Math.max(oldest, sequence - kept + 1) : sequence;
    slots.set(slot(sequence), new Entry<>(sequence, payload));
    newest = sequence;
    waker.wake(this::newest);
  }

  private static void checkRises(long sequence, long least) {
    if (sequence < least) {
      throw new IllegalArgumentException(
          "sequence: " + sequence + " (expected: at least " + least + ")");
    }
  }

  @Override
  public long newest() {
    return newest;
  }

  @Override
  public Cursor<T> after(long sequence) {
    return new Place(sequence);
  }

  private int slot(long sequence) {
    return (int) (sequence % kept);
  }

  /** The facts from {@code next} on, as many as could be read before they were overtaken. */
  private List<Entry<T>> read(long next, long last) {
    var entries = new ArrayList<Entry<T>>();
    for (var sequence = next; sequence <= last; sequence++) {
      var entry = slots.get(slot(sequence));
      if (entry == null || entry.sequence() != sequence) {
        break;
      }
      entries.add(entry);
    }
    return entries;
  }

  private final class Place implements Cursor<T> {
    private long position;

    Place(long position) {
      this.position = position;
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public Batch<T> poll(int max) {
      while (position < newest) {
        var last = newest;
        var first = oldest;
        if (position + 1 < first) {
          return gapBefore(first);
        }
        var entries = read(position + 1, Math.min(last, position + max));
        if (!entries.isEmpty()) {
          position += entries.size();
          return new Batch.Facts<>(List.copyOf(entries));
        }
      }
      return new Batch.UpToDate<>();
    }

    private Batch<T> gapBefore(long first) {
      var gap = new Batch.Gap<T>(position + 1, first - 1);
      position = first - 1;
      return gap;
    }
  }
}
