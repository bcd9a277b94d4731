package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.gantry.ids.SandboxId;
import io.gantry.network.Networks;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodSpec;
import io.gantry.runtime.Runtimes;
import io.gantry.security.Confinement;
import io.gantry.state.Records;
import io.gantry.state.State;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The pod sandboxes of this node: the one way to change them.
 *
 * <p>Call from any thread; no method blocks. Calls on one sandbox take effect one at a time, in
 * call order; reads answer from memory in the middle of any of them.
 */
public interface Sandboxes {
  /**
   * What sandboxes stand on. {@code tenants} is asked once a sandbox is stopped, not before; {@code
   * pause} succeeds after the time it is given.
   */
  record Parts(
      Host host,
      State state,
      Networks networks,
      Runtimes runtimes,
      Supplier<Tenants> tenants,
      Confinement confinement,
      Clock clock,
      Function<Duration, Future<Void>> pause) {}

  /** The sandboxes whose records {@code parts.state} has. */
  static Future<Sandboxes> over(Parts parts, SandboxesConfig config) {
    var paths = new SandboxPaths(config.run().resolve("sandboxes"));
    var premises = new Premises(parts, paths, config.defaultSysctls());
    return RecordedDrains.load(parts.state, parts.clock)
        .compose(
            drains ->
                Records.load(parts.state, "sandbox", Sandbox.class)
                    .map(
                        records ->
                            new LocalSandboxes(
                                parts.host,
                                parts.networks,
                                parts.runtimes,
                                paths,
                                premises,
                                records,
                                drains,
                                new Levels(parts.confinement, records),
                                parts.tenants,
                                parts.clock)));
  }

  /** The same as most nodes want it, with files below {@code run}. */
  static Future<Sandboxes> over(Parts parts, Path run) {
    return over(parts, SandboxesConfig.in(run));
  }

  /**
   * Runs a sandbox: namespaces, network, files, and its runtime's part. Leaves no trace if it
   * fails. A call for a pod that is being made joins that work; a repeated one gets the sandbox
   * that the first has made if it asks for the same, and otherwise that one is undone first. A
   * caller's deadline does not end the work.
   */
  Future<SandboxId> run(Call call, RunSandbox request);

  /**
   * Ends its containers and gives its network back. Idempotent, also for an unknown id. A network
   * that is not given back within its bound does not fail the stop, nor the removal: that goes on
   * in the background, also after a restart, until it has succeeded.
   */
  Future<Void> stop(Call call, SandboxId id);

  /** Stops it if need be, removes its containers and all that is left. Idempotent. */
  Future<Void> remove(Call call, SandboxId id);

  /**
   * Records what the pod is to have from now on; what is empty stays as it was. The group of a pod
   * that the kubelet has named is the kubelet's, which sets its limits itself; a group of the pod's
   * own, made by files, gets the limits here, or the update fails and nothing is recorded.
   */
  Future<Void> update(
      Call call, SandboxId id, Optional<Resources> overhead, Optional<Resources> resources);

  /** The sandbox of an id, or of a unique prefix of one. */
  Optional<Sandbox> find(String idOrPrefix);

  /** All but those still being made. */
  List<Sandbox> list();

  /** Why no new ones are taken. */
  Drains drains();

  /** What runs the containers of this sandbox. */
  PodRuntime runtime(Sandbox sandbox);

  /** What the runtime was told of this sandbox. */
  PodSpec spec(Sandbox sandbox);

  /** Files made for the pod, for its containers to mount. */
  PodFiles files(Sandbox sandbox);

  /**
   * After a restart, once the runtimes have recovered: undoes what was half made, marks what is
   * broken, and watches what runs.
   */
  Future<Void> recover(Call call);

  /**
   * After a restart, once {@link #recover} has ended: begins to give back, in the background, the
   * networks of pods that are closed, gone, or of a host before its reboot; has plugins free what
   * belongs to no pod; and has them check what is attached.
   */
  Future<Void> recoverNetworks(Call call);

  /** The pods that are gone while their network could not be given back yet. */
  Set<SandboxId> leaving();

  /** What the runtime of {@code handler} is to recover: pods made on this boot and not closed. */
  List<PodSpec> recoverable(String handler);

  /**
   * Files of a pod on the host.
   *
   * @param resolvConf for /etc/resolv.conf
   * @param hosts for /etc/hosts
   * @param hostname for /etc/hostname
   * @param shm a tmpfs for /dev/shm, or the host's
   */
  record PodFiles(Path resolvConf, Path hosts, Path hostname, Path shm) {}
}
