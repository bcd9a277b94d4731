package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.container.ContainerConfig.Security;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.ProcessRef;
import io.gantry.ids.ContainerId;
import io.gantry.image.Image;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.Rootfs;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.SandboxConfig.Sharing;
import io.gantry.security.Asked;
import io.gantry.security.AskedLabels;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Works out, from a request, the container to make and what its runtime is to be told. */
final class Plan {
  /**
   * A container and what its runtime is told.
   *
   * @param images kept until the container is on record and keeps them itself
   */
  record Planned(Container container, ContainerSpec spec, Volumes volumes, HeldImages images) {}

  private final Containers.Parts parts;
  private final ContainerPaths paths;
  private final Records<Container> records;
  private final HostFacts facts;

  Plan(Containers.Parts parts, ContainerPaths paths, Records<Container> records, HostFacts facts) {
    this.parts = parts;
    this.paths = paths;
    this.records = records;
    this.facts = facts;
  }

  Future<Planned> of(Call call, CreateContainer request, String hash) {
    return Creation.ready(parts.sandboxes(), request.sandbox())
        .compose(
            sandbox -> {
              refuse(request.config(), sandbox);
              return HostSources.prepare(parts.host(), request.config())
                  .compose(_ -> of(call, request, hash, sandbox));
            });
  }

  /** The images are held before they are looked into: one removed now would lose its layers. */
  private Future<Planned> of(Call call, CreateContainer request, String hash, Sandbox sandbox) {
    var held = HeldImages.of(parts.images().get(), request.config());
    return Future.<Void>succeededFuture()
        .compose(_ -> found(call, request.config(), sandbox, held.root()))
        .map(found -> planned(request, hash, sandbox, held, found))
        .onFailure(_ -> held.letGo());
  }

  /** What is asked of the host and of the image, side by side; waits for all, come what may. */
  private Future<SpecWriter.Found> found(
      Call call, ContainerConfig config, Sandbox sandbox, Image image) {
    var security = config.security();
    var confines =
        parts
            .confinement()
            .of(call, asked(security))
            .compose(
                made -> parts.confinement().labels(labels(security, sandbox)).map(made::labelled));
    var devices = parts.host().disk().run(() -> DeviceFinder.find(config));
    var layers = parts.images().get().layers(image);
    var identity =
        parts
            .host()
            .mounts()
            .read(layers, ImageUsers.FILES, ImageUsers.FILE_BYTES_MAX)
            .map(files -> new ImageUsers(files).identity(security, user(image)));
    var cdi = parts.cdi().resolve(Cdi.requested(config.cdiDevices(), config.annotations()));
    return Future.join(devices, identity, confines, cdi)
        .map(
            _ ->
                new SpecWriter.Found(
                    devices.result(),
                    identity.result(),
                    confines.result(),
                    cdi.result(),
                    annotations(config, sandbox)));
  }

  private Map<String, String> annotations(ContainerConfig config, Sandbox sandbox) {
    return parts
        .runtimes()
        .annotations(sandbox.handler())
        .of(sandbox.config().annotations(), config.annotations());
  }

  private Asked asked(Security security) {
    return security.privileged()
        ? Asked.privileged()
        : new Asked(security.seccomp(), security.appArmor(), Capability.granted(security, facts));
  }

  private static AskedLabels labels(Security security, Sandbox sandbox) {
    return new AskedLabels(
        security.selinux().or(() -> sandbox.config().selinux()),
        sandbox.selinuxLevel(),
        security.privileged(),
        security.pid() == Security.Pid.NODE || sandbox.config().sharing().hostIpc());
  }

  private static String user(Image image) {
    return Objects.requireNonNullElse(image.config().execution().user(), "");
  }

  private Planned planned(
      CreateContainer request,
      String hash,
      Sandbox sandbox,
      HeldImages held,
      SpecWriter.Found found) {
    var config = held.resolved(request.config());
    var container = container(request, config, hash, sandbox, held, found.identity());
    var id = container.id();
    var volumes =
        Volumes.of(id, config, held, parts.images().get(), paths, SpecWriter.ownDestinations());
    var spec =
        new SpecWriter(
                id,
                config,
                held.root().config(),
                sandbox,
                parts.sandboxes().spec(sandbox),
                parts.sandboxes().files(sandbox),
                facts,
                found,
                volumes,
                pidNamespace(config.security(), sandbox))
            .write();
    return new Planned(
        container,
        new ContainerSpec(
            id,
            sandbox.id(),
            paths.bundle(id),
            spec,
            new Rootfs(volumes.rootLayers(), paths.writable(id), paths.rootfs(id), users(sandbox)),
            log(container),
            config.terminal(),
            config.stdin(),
            config.stdinOnce()),
        volumes,
        held);
  }

  private Optional<Rootfs.Users> users(Sandbox sandbox) {
    return sandbox
        .config()
        .sharing()
        .users()
        .map(
            ids ->
                new Rootfs.Users(
                    Objects.requireNonNull(
                        parts.sandboxes().spec(sandbox).namespaces().get("user")),
                    ids));
  }

  static Optional<Path> log(Container container) {
    return container.logFile().isEmpty()
        ? Optional.empty()
        : Optional.of(Path.of(container.logFile()));
  }

  private void refuse(ContainerConfig config, Sandbox sandbox) {
    if (config.security().privileged() && !sandbox.config().privileged()) {
      throw RuntimeFault.invalid(
          "container " + config.name() + ": privileged (expected: a privileged sandbox too)");
    }
    facts.check(config.resources());
    if (config.mounts().stream().anyMatch(Volume::recursiveReadOnly)
        && !parts.runtimes().runtime(sandbox.handler()).features().recursiveReadOnly()) {
      throw RuntimeFault.precondition(
          Volumes.RECURSIVE_UNSUPPORTED
              + "recursive read-only mount with handler "
              + sandbox.handler()
              + " (expected: a runtime that knows rro, and Linux 5.12)");
    }
  }

  private Container container(
      CreateContainer request,
      ContainerConfig config,
      String hash,
      Sandbox sandbox,
      HeldImages held,
      Identity identity) {
    var image = held.root();
    var logs = sandbox.config().logDirectory();
    return new Container(
        ContainerId.random(),
        sandbox.id(),
        sandbox.handler(),
        config,
        image.id(),
        HeldImages.reference(image),
        held.layers(),
        request.owner(),
        parts.host().bootId(),
        hash,
        parts.clock().instant(),
        logs.isEmpty() || config.logPath().isEmpty()
            ? ""
            : Path.of(logs).resolve(config.logPath()).toString(),
        stopSignal(config, image),
        Optional.of(identity),
        new ContainerState.Creating(),
        Optional.empty());
  }

  private static int stopSignal(ContainerConfig config, Image image) {
    var ofImage = image.config().execution().stopSignal();
    if (!config.stopSignal().isEmpty()) {
      return Signals.number(config.stopSignal());
    }
    return ofImage == null || ofImage.isEmpty() ? Signals.TERM : Signals.number(ofImage);
  }

  private @Nullable String pidNamespace(Security security, Sandbox sandbox) {
    return switch (security.pid()) {
      case CONTAINER, NODE -> null;
      case POD ->
          sandbox.config().sharing().pid() == Sharing.Pid.POD
              ? namespaceOf(sandbox.process(), "sandbox " + sandbox.id())
              : null;
      case TARGET ->
          namespaceOf(
              records
                  .find(security.pidTarget())
                  .filter(target -> target.sandbox().equals(sandbox.id()))
                  .filter(target -> target.state() instanceof ContainerState.Running)
                  .flatMap(Container::process),
              "target container " + security.pidTarget());
    };
  }

  private static String namespaceOf(Optional<ProcessRef> process, String whose) {
    return process
        .map(it -> "/proc/" + it.pid() + "/ns/pid")
        .orElseThrow(
            () ->
                RuntimeFault.precondition(
                    whose + ": has no process (expected: one whose PID namespace can be shared)"));
  }
}
