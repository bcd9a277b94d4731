package io.gantry.shim;

import io.gantry.driver.Outcome;
import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.ContainerProcess;
import io.gantry.runtime.ExitStatus;
import io.vertx.core.Future;
import java.util.Optional;

/** A workload that a shim holds, or held: what is known of it in memory. */
final class Held {
  private final Workload workload;
  private final Outcome<ExitStatus> exit = Outcome.pending();
  private volatile Entry entry;
  private volatile Optional<ShimProcess> shim = Optional.empty();
  private volatile Optional<Console> console = Optional.empty();
  private volatile Future<?> creating = Future.succeededFuture();
  private volatile boolean outOfMemory;
  private volatile boolean abandoned;

  Held(Workload workload, Entry entry) {
    this.workload = workload;
    this.entry = entry;
  }

  String id() {
    return workload.id();
  }

  Workload workload() {
    return workload;
  }

  String cgroup() {
    return entry.cgroup();
  }

  /** As the ledger has it, or is about to. */
  Entry entry() {
    return entry;
  }

  void entry(Entry next) {
    entry = next;
  }

  Outcome<ExitStatus> exit() {
    return exit;
  }

  /** Who looks after it; empty before that runs, and after a restart that did not find it. */
  Optional<ShimProcess> shim() {
    return shim;
  }

  void shim(ShimProcess running) {
    shim = Optional.of(running);
  }

  /** The one that does; refused without. */
  ShimProcess running() {
    return shim.filter(it -> !it.dead()).orElseThrow(() -> notRunning("running below a shim"));
  }

  Optional<Console> console() {
    return console;
  }

  void console(Console streams) {
    console = Optional.of(streams);
  }

  /** Whether the shim may still be about to make it: over when the shim has answered. */
  Future<?> creating() {
    return creating;
  }

  void creating(Future<?> answer) {
    creating = answer;
  }

  /** The shim has told that the kernel killed in it for want of memory. */
  void ranOutOfMemory() {
    outOfMemory = true;
  }

  boolean outOfMemory() {
    return outOfMemory;
  }

  /** The shim is not asked about it any more. */
  void abandon() {
    abandoned = true;
  }

  boolean abandoned() {
    return abandoned;
  }

  ContainerProcess process() {
    return entry.process().orElseThrow(() -> notRunning("created"));
  }

  /** Refused because the container is not in the state that was expected. */
  RuntimeFault notRunning(String expected) {
    return RuntimeFault.precondition("container: " + id() + " (expected: " + expected + ")");
  }
}
