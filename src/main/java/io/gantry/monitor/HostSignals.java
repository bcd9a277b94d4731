package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.vertx.core.Future;

/** Of containers whose processes are the host's, in a control group of theirs. */
record HostSignals(Host host) implements Signals {
  @Override
  public Future<Void> first(Call call, Monitored monitored, int signal) {
    return host.processes().signal(monitored.process().first(), signal);
  }

  @Override
  public Future<Void> all(Call call, Monitored monitored, int signal) {
    return signal == KILL
        ? host.cgroups().kill(monitored.cgroup())
        : host.cgroups()
            .processes(monitored.cgroup())
            .compose(
                pids ->
                    Future.join(pids.stream().map(pid -> signalPid(pid, signal)).toList())
                        .mapEmpty());
  }

  private Future<Void> signalPid(int pid, int signal) {
    return host.processes()
        .find(pid)
        .compose(
            found ->
                found
                    .map(process -> host.processes().signal(process, signal))
                    .orElseGet(Future::succeededFuture));
  }

  @Override
  public Future<Void> kill(Call call, Entry entry) {
    return entry
        .process()
        .map(process -> host.processes().signal(process.first(), KILL))
        .orElseGet(Future::succeededFuture)
        .compose(_ -> host.cgroups().kill(entry.cgroup()));
  }

  @Override
  public Future<Void> killExec(Call call, String container, ExecFiles files) {
    return Future.succeededFuture();
  }
}
