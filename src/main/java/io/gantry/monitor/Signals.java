package io.gantry.monitor;

import io.gantry.call.Call;
import io.vertx.core.Future;

/** How the processes of a container are reached: the host's own, or those of another kernel. */
interface Signals {
  int KILL = 9;

  /** The first process alone. Without effect once it has ended. */
  Future<Void> first(Call call, Monitored monitored, int signal);

  /** Every process of the container. Without effect on those that have ended. */
  Future<Void> all(Call call, Monitored monitored, int signal);

  /** Kills whatever of a container there is, started or not, and whatever is known of it. */
  Future<Void> kill(Call call, Entry entry);

  /** Kills what the host does not see of an exec: its command, where that is no process of its. */
  Future<Void> killExec(Call call, String container, ExecFiles files);
}
