package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.container.ContainerState.Fact;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.gantry.ids.SandboxId;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.PodRuntime;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.gantry.state.Json;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/** CreateContainer of one container, step by step. */
final class Creation {
  private final Call call;
  private final Container container;
  private final ContainerSpec spec;
  private final Volumes volumes;
  private final PodRuntime runtime;
  private final ContainerPaths paths;
  private final Host host;
  private final VolumeMounts mounts;
  private final Records<Container> records;
  private final Sandboxes sandboxes;
  private Optional<ProcessRef> process = Optional.empty();

  Creation(
      Call call,
      Plan.Planned planned,
      PodRuntime runtime,
      ContainerPaths paths,
      Containers.Parts parts,
      Records<Container> records) {
    this.call = call;
    this.container = planned.container();
    this.spec = planned.spec();
    this.volumes = planned.volumes();
    this.runtime = runtime;
    this.paths = paths;
    this.host = parts.host();
    this.mounts = new VolumeMounts(host, paths);
    this.records = records;
    this.sandboxes = parts.sandboxes();
  }

  Future<Void> run() {
    var undoing = call.detached();
    return Flow.of(call)
        .step(
            CreateStep.RECORD,
            () -> records.add(call, container),
            () -> records.forget(undoing, container))
        .step(
            CreateStep.DIRECTORIES,
            () -> host.disk().act(this::makeDirectories),
            () -> removeDirectories(host, paths, container))
        .step(
            CreateStep.VOLUMES,
            () -> mounts.make(container.id(), volumes),
            () -> mounts.remove(container.id()))
        .step(
            CreateStep.RUNTIME,
            () -> runtime.create(call, spec).onSuccess(made -> process = Optional.of(made.first())),
            () -> runtime.delete(undoing, container.id()))
        .step(CreateStep.CREATED, this::created)
        .run();
  }

  private void makeDirectories() throws Exception {
    var owners = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x"));
    for (var directory :
        List.of(spec.directory(), spec.rootfs().target(), spec.rootfs().writable())) {
      Files.createDirectories(directory, owners);
    }
    Files.createDirectories(paths.spec(container.id()).getParent(), owners);
    var unfinished = paths.spec(container.id()).resolveSibling(container.id() + ".tmp");
    Files.writeString(unfinished, Json.encode(spec).encode());
    Files.move(unfinished, paths.spec(container.id()), StandardCopyOption.ATOMIC_MOVE);
    var open = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(spec.rootfs().upper(), open); // the mode of the container's own /
    Files.createDirectories(spec.rootfs().work(), owners);
    if (spec.rootfs().users().isPresent()) {
      var ids = spec.rootfs().users().get().ids();
      Files.setAttribute(spec.rootfs().upper(), "unix:uid", ids.rootUid());
      Files.setAttribute(spec.rootfs().upper(), "unix:gid", ids.rootGid());
    }
    if (!container.logFile().isEmpty()) {
      Files.createDirectories(Path.of(container.logFile()).toAbsolutePath().getParent());
    }
  }

  static Future<Void> removeDirectories(Host host, ContainerPaths paths, Container container) {
    return host.disk()
        .delete(paths.bundle(container.id()))
        .compose(_ -> host.disk().delete(paths.spec(container.id())))
        .compose(_ -> host.disk().delete(paths.writable(container.id())));
  }

  /** The sandbox may have begun to close meanwhile: what closes it found no container to end. */
  private Future<Void> created() {
    return ready(sandboxes, container.sandbox())
        .compose(
            _ ->
                records.change(
                    call,
                    container.key(),
                    it -> it.running(process.orElseThrow()).after(new Fact.Made())));
  }

  static Future<Sandbox> ready(Sandboxes sandboxes, SandboxId id) {
    return sandboxes
        .find(id.value())
        .map(
            sandbox ->
                sandbox.ready()
                    ? Future.succeededFuture(sandbox)
                    : Future.<Sandbox>failedFuture(
                        RuntimeFault.precondition(
                            "sandbox: " + id + " is " + sandbox.fact() + " (expected: ready)")))
        .orElseGet(
            () -> Future.failedFuture(RuntimeFault.notFound("sandbox: " + id + " is not here")));
  }
}
