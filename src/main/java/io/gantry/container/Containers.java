package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.host.Host;
import io.gantry.ids.ContainerId;
import io.gantry.image.Holds;
import io.gantry.image.Images;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ExecResult;
import io.gantry.runtime.ExecSpec;
import io.gantry.runtime.Recovered;
import io.gantry.runtime.RootImage;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Resources;
import io.gantry.sandbox.Sandboxes;
import io.gantry.sandbox.Tenants;
import io.gantry.security.Confinement;
import io.gantry.state.Records;
import io.gantry.state.State;
import io.gantry.streaming.StreamTarget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The containers of this node: the one way to change them.
 *
 * <p>Call from any thread; no method blocks. A future fails with a {@link
 * io.gantry.errors.RuntimeFault} and nothing else. Creating, starting and removing one container
 * take effect one at a time, in call order; stopping, executing and reopening a log do not wait for
 * each other. Reads answer from memory in the middle of any of them.
 */
public interface Containers extends Tenants, Holds {
  /**
   * What containers stand on. {@code images} is asked when a container is made: images themselves
   * ask containers what they hold.
   */
  record Parts(
      Vertx vertx,
      Host host,
      State state,
      Sandboxes sandboxes,
      Runtimes runtimes,
      Supplier<Images> images,
      Confinement confinement,
      Cdi cdi,
      Clock clock) {}

  /** The containers whose records {@code parts.state} has. */
  static Future<Containers> over(Parts parts, Path root, Path run) {
    return over(parts, new ContainersConfig(root, run, List.of()));
  }

  /** The same, made as the operator wants them. */
  static Future<Containers> over(Parts parts, ContainersConfig config) {
    var paths = new ContainerPaths(config.root(), config.run());
    return HostFacts.read(parts.host, config.rlimits())
        .compose(
            facts ->
                Records.load(parts.state, "container", Container.class)
                    .map(records -> new LocalContainers(parts, paths, records, facts)));
  }

  /** What streams into containers and ports of pods lead to. */
  static StreamTarget streams(Containers containers, Sandboxes sandboxes, Runtimes runtimes) {
    return new ContainerStreams(containers, sandboxes, runtimes);
  }

  /**
   * Makes a container in a sandbox that is ready. Leaves no trace if it fails. Retries are answered
   * as {@link Sandboxes#run} does.
   */
  Future<ContainerId> create(Call call, CreateContainer request);

  /** Runs the container's program; refused unless it was created and never started. */
  Future<Void> start(Call call, ContainerId id);

  /**
   * Asks the container to end, and kills it once {@code grace} is over. Of several calls under way
   * the shortest grace counts. Idempotent: one that has ended, or was never here, is stopped.
   */
  Future<Void> stop(Call call, ContainerId id, Duration grace);

  /** Kills it if it runs, and removes all that is left. Idempotent. */
  Future<Void> remove(Call call, ContainerId id);

  /** Runs a command in a running container. */
  Future<ExecResult> exec(Call call, ContainerId id, ExecSpec command);

  /** Complete once the log goes to a new file. */
  Future<Void> reopenLog(Call call, ContainerId id);

  /**
   * Changes the limits of a container that has not ended; what {@code limits} leaves open (0 or
   * empty) stays as it was. All take effect, or it fails.
   */
  Future<Void> update(Call call, ContainerId id, Resources limits);

  /**
   * Stops the processes of a running container where they are, until {@link #resume}. It is
   * remembered; whoever stops it lets it go on first. Idempotent.
   */
  Future<Void> pause(Call call, ContainerId id);

  /** Lets a container go on, whoever has paused it. Idempotent. */
  Future<Void> resume(Call call, ContainerId id);

  /**
   * Writes the state of a running container, which goes on, into a new archive that nobody but root
   * can read. It is that of CRI-O and Podman, so that {@code checkpointctl} reads it:
   *
   * <pre>
   *   checkpoint/       the processes, in the runtime's own form (CRIU's images, or gVisor's)
   *   config.dump       what the container is, as JSON
   *   spec.dump         what its runtime was told, as JSON of the OCI runtime specification
   *   rootfs-diff.tar   what it wrote over its image
   *   deleted.files     what of its image it deleted, as a JSON array of paths
   * </pre>
   *
   * @param location an absolute path in a directory that exists; nothing is there after a failure
   */
  Future<Void> checkpoint(Call call, ContainerId id, Path location);

  /** The container of an id, or of a unique prefix of one. */
  Optional<Container> find(String idOrPrefix);

  /** All but those still being made. */
  List<Container> list();

  /** Where what it writes over its image lies, as the runtime was told. */
  Path writable(Container container);

  /** Where its root lies if its handler wants block devices: what it writes is in there then. */
  RootImage image(Container container);

  /** What its runtime was told; empty if that was on another boot. */
  Future<Optional<ContainerSpec>> told(Container container);

  /** What the runtime of {@code handler} is to recover: containers of this boot that may live. */
  Future<List<ContainerSpec>> recoverable(String handler);

  /**
   * After a restart: takes what the runtimes found of the containers, undoes what was half made,
   * and watches what runs.
   */
  Future<Void> recover(Call call, Map<ContainerId, Recovered> found);
}
