package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * A host that does nothing and remembers everything, for the tests of those who use one.
 *
 * <p>Each call is recorded as a line, such as {@code mounts.bind /a /b} or {@code processes.signal
 * 7 9}; the word before the first space is its verb, by which {@link #failNext} chooses. Everything
 * completes at once, on the thread that asks. File work is really done; mounts, groups, namespaces
 * and processes are kept in memory, so that what was made is there and what was removed is gone.
 */
public final class FakeHost implements Host {
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Map<String, Queue<RuntimeFault>> faults = new ConcurrentHashMap<>();
  private final FakeProcesses processes = new FakeProcesses(this);
  private final FakeNamespaces namespaces = new FakeNamespaces(this);
  private final FakeMounts mounts = new FakeMounts(this);
  private final FakeCgroups cgroups = new FakeCgroups(this);
  private final FakeWatches watches = new FakeWatches(this);
  private final FakeSockets sockets = new FakeSockets(this);
  private volatile String bootId = "00000000-0000-4000-8000-000000000001";

  /** The calls so far, in order; file work is not among them. */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  /** The calls of one verb, such as {@code mounts.overlay}. */
  public List<String> calls(String verb) {
    return calls.stream().filter(line -> line.split(" ", 2)[0].equals(verb)).toList();
  }

  /** Forgets the calls so far. */
  public FakeHost forget() {
    calls.clear();
    return this;
  }

  /** Lets the next call of this verb fail, and do nothing; several wait in a queue. */
  public FakeHost failNext(String verb, RuntimeFault fault) {
    faults.computeIfAbsent(verb, _ -> new ConcurrentLinkedQueue<>()).add(fault);
    return this;
  }

  /** Another boot of the same host. */
  public FakeHost reboot(String bootId) {
    this.bootId = bootId;
    return this;
  }

  /** Runs the work at once, on the thread that asks; {@code disk.run} can be made to fail. */
  @Override
  public Disk disk() {
    return new Disk() {
      @Override
      public <T> Future<T> run(Callable<T> work) {
        return unrecorded("disk.run", () -> done(work));
      }

      /** Only remembered: the kernel lets nobody but root do it. */
      @Override
      public Future<Void> label(Path tree, String label, Supplier<Optional<RuntimeFault>> over) {
        return recorded("disk.label", tree + " " + label, Future::succeededFuture);
      }
    };
  }

  @Override
  public FakeProcesses processes() {
    return processes;
  }

  @Override
  public FakeNamespaces namespaces() {
    return namespaces;
  }

  @Override
  public FakeMounts mounts() {
    return mounts;
  }

  @Override
  public FakeCgroups cgroups() {
    return cgroups;
  }

  @Override
  public FakeSockets sockets() {
    return sockets;
  }

  /** Drivers that need them are tested on Linux. */
  @Override
  public Fifos fifos() {
    throw new UnsupportedOperationException("fifos");
  }

  @Override
  public FakeWatches watches() {
    return watches;
  }

  @Override
  public String bootId() {
    return bootId;
  }

  @Override
  public boolean clockSynchronized() {
    return true;
  }

  /** Records {@code verb details}, and does {@code work} unless the verb is to fail. */
  <T> Future<T> recorded(String verb, String details, Supplier<Future<T>> work) {
    calls.add((verb + " " + details).strip());
    return unrecorded(verb, work);
  }

  private <T> Future<T> unrecorded(String verb, Supplier<Future<T>> work) {
    var waiting = faults.get(verb);
    var fault = waiting == null ? null : waiting.poll();
    return fault == null ? work.get() : Future.failedFuture(fault);
  }

  static <T> Future<T> done(Callable<T> work) {
    try {
      return Future.succeededFuture(Faults.thrown(work));
    } catch (RuntimeFault fault) {
      return Future.failedFuture(fault);
    }
  }
}
