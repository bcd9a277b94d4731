package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.driver.PidFile;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Host;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Of containers on a kernel of the pod's own: the runtime passes signals on. What stands in for a
 * container ends when the container does; before the start it waits, and is killed itself.
 */
record KernelSignals(Host host, OciCli cli) implements Signals {
  @Override
  public Future<Void> first(Call call, Monitored monitored, int signal) {
    return sent(call, monitored, signal, false);
  }

  @Override
  public Future<Void> all(Call call, Monitored monitored, int signal) {
    return sent(call, monitored, signal, true);
  }

  private Future<Void> sent(Call call, Monitored monitored, int signal, boolean all) {
    if (monitored.exit().settled()) {
      return Future.succeededFuture();
    }
    return signal == KILL
        ? killed(call, monitored.entry(), all)
        : cli.kill(call, monitored.id(), signal, all)
            .recover(cause -> unlessOver(call, monitored, cause));
  }

  private Future<Void> unlessOver(Call call, Monitored monitored, Throwable cause) {
    return isOver(call, monitored)
        .compose(over -> over ? Future.succeededFuture() : Future.failedFuture(cause));
  }

  private Future<Boolean> isOver(Call call, Monitored monitored) {
    return cli.status(call, monitored.id()).map("stopped"::equals).otherwise(true);
  }

  /** What is paused takes no signal at all. */
  private Future<Void> killed(Call call, Entry entry, boolean all) {
    return cli.kill(call, entry.id(), KILL, all)
        .recover(
            cause ->
                RuntimeFault.of(cause).kind() == Kind.DEADLINE_EXCEEDED
                    ? Future.failedFuture(cause)
                    : cli.resume(call, entry.id())
                        .compose(_ -> cli.kill(call, entry.id(), KILL, all)))
        .transform(_ -> endStandIn(entry));
  }

  /** The one who waits for a start that will not come. */
  private Future<Void> endStandIn(Entry entry) {
    return entry
        .process()
        .filter(_ -> !entry.started() && entry.bootId().equals(host.bootId()))
        .map(process -> host.processes().signal(process.first(), KILL))
        .orElseGet(Future::succeededFuture);
  }

  /** A runtime that knows nothing of it has nothing to kill. */
  @Override
  public Future<Void> kill(Call call, Entry entry) {
    return killed(call, entry, true).compose(_ -> host.cgroups().kill(entry.cgroup()));
  }

  @Override
  public Future<Void> killExec(Call call, String container, ExecFiles files) {
    return host.disk()
        .run(() -> PidFile.read(files.inner()))
        .otherwise(Optional.empty())
        .compose(
            pid ->
                // a command leads a group of its own
                pid.map(inner -> cli.killGroup(call, container, inner))
                    .orElseGet(Future::succeededFuture))
        .otherwiseEmpty(); // it has ended
  }
}
