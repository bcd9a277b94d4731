package io.gantry.monitor;

import io.gantry.driver.Outcome;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.ProcessRef;
import io.gantry.runtime.ContainerProcess;
import io.gantry.runtime.ExitStatus;

/** A workload that has a conmon, or had one: what is known of it in memory. */
final class Monitored {
  private final Workload workload;
  private final Outcome<ExitStatus> exit = Outcome.pending();
  private volatile Entry entry;

  Monitored(Workload workload, Entry entry) {
    this.workload = workload;
    this.entry = entry;
  }

  String id() {
    return workload.id();
  }

  Workload workload() {
    return workload;
  }

  Bundle bundle() {
    return workload.bundle();
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

  /** The processes, once they exist. */
  ContainerProcess process() {
    return entry.process().orElseThrow(() -> notRunning("created"));
  }

  ProcessRef monitor() {
    return process().monitor();
  }

  /** Refused because the container is not in the state that was expected. */
  RuntimeFault notRunning(String expected) {
    return RuntimeFault.precondition("container: " + id() + " (expected: " + expected + ")");
  }
}
