package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.container.ContainerState.Fact;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.Mounts;
import io.gantry.host.ProcessRef;
import io.gantry.ids.SandboxId;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.Rootfs;
import io.gantry.runtime.UnrunnableProgram;
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
import java.util.stream.Stream;

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
  private Optional<String> cannotRun = Optional.empty();

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
            () -> mounts.make(container.id(), volumes, shown()).compose(_ -> label()),
            () -> mounts.remove(container.id()))
        .step(CreateStep.RUNTIME, this::create, () -> runtime.delete(undoing, container.id()))
        .step(CreateStep.CREATED, this::created)
        .run();
  }

  private Mounts.Shown shown() {
    return new Mounts.Shown(spec.rootfs().users().map(Rootfs.Users::namespace), fileLabel());
  }

  private Optional<String> fileLabel() {
    return Optional.ofNullable(spec.spec().linux().mountLabel());
  }

  private Future<Void> label() {
    var sandbox = sandboxes.find(container.sandbox().value());
    if (fileLabel().isEmpty() || sandbox.isEmpty()) { // one that is gone fails the step after
      return Future.succeededFuture();
    }
    var labels = new FileLabels(call, host, fileLabel().get());
    return labels
        .ofPod(sandboxes.files(sandbox.get()), sandbox.get().selinuxLevel())
        .compose(_ -> labels.ofVolumes(container.config(), volumes));
  }

  /**
   * A program that cannot be run is no fault of the creation: whoever starts the container learns
   * it, and a pod that is not to be tried again has then failed.
   */
  private Future<Void> create() {
    return runtime
        .create(call, spec)
        .onSuccess(made -> process = Optional.of(made.first()))
        .<Void>mapEmpty()
        .recover(
            cause -> {
              if (!UnrunnableProgram.isBehind(cause)) {
                return Future.failedFuture(cause);
              }
              cannotRun = Optional.ofNullable(cause.getMessage());
              return Future.succeededFuture();
            });
  }

  private void makeDirectories() throws Exception {
    var owners = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x"));
    for (var directory :
        List.of(spec.directory(), spec.rootfs().target(), spec.rootfs().writable())) {
      Files.createDirectories(directory, owners);
    }
    Files.createDirectories(paths.spec(container.id()).getParent(), owners);
    var unfinished = paths.spec(container.id()).resolveSibling(container.id() + ".tmp");
    Files.writeString(unfinished, Json.text(spec));
    Files.move(unfinished, paths.spec(container.id()), StandardCopyOption.ATOMIC_MOVE);
    var open = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(spec.rootfs().upper(), open);
    Files.createDirectories(spec.rootfs().work(), owners);
    RootDirectory.make(spec.rootfs());
    if (!container.logFile().isEmpty()) {
      Files.createDirectories(Path.of(container.logFile()).toAbsolutePath().getParent());
    }
  }

  static Future<Void> removeDirectories(Host host, ContainerPaths paths, Container container) {
    var id = container.id();
    return Future.join(
            Stream.of(paths.bundle(id), paths.spec(id), paths.writable(id))
                .map(host.disk()::delete)
                .toList())
        .mapEmpty();
  }

  /** The sandbox may have begun to close meanwhile: what closes it found no container to end. */
  private Future<Void> created() {
    return ready(sandboxes, container.sandbox())
        .compose(
            _ ->
                records.change(
                    call,
                    container.key(),
                    it -> process.map(it::running).orElse(it).after(new Fact.Made(cannotRun))));
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
