package io.gantry.container;

import io.gantry.container.ContainerConfig.Security;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.gantry.ids.ContainerId;
import io.gantry.image.Held;
import io.gantry.image.Image;
import io.gantry.image.Images;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.Rootfs;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.SandboxConfig.Sharing;
import io.gantry.sandbox.Sandboxes;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Works out, from a request, the container to make and what its runtime is to be told. */
final class Plan {
  /**
   * A container and what its runtime is told.
   *
   * @param image kept until the container is on record and keeps it itself
   */
  record Planned(Container container, ContainerSpec spec, Held image) {}

  private final Host host;
  private final Sandboxes sandboxes;
  private final Images images;
  private final ContainerPaths paths;
  private final Records<Container> records;
  private final HostFacts facts;
  private final Clock clock;

  Plan(
      Host host,
      Sandboxes sandboxes,
      Images images,
      ContainerPaths paths,
      Records<Container> records,
      HostFacts facts,
      Clock clock) {
    this.host = host;
    this.sandboxes = sandboxes;
    this.images = images;
    this.paths = paths;
    this.records = records;
    this.facts = facts;
    this.clock = clock;
  }

  Future<Planned> of(CreateContainer request, String hash) {
    return Creation.ready(sandboxes, request.sandbox())
        .compose(
            sandbox ->
                host.disk()
                    .run(() -> DeviceFinder.find(request.config()))
                    .map(devices -> planned(request, hash, sandbox, devices)));
  }

  private Planned planned(
      CreateContainer request, String hash, Sandbox sandbox, SpecWriter.Devices devices) {
    var config = request.config();
    refuse(config, sandbox);
    var held =
        images
            .hold(config.image())
            .orElseThrow(
                () ->
                    RuntimeFault.notFound(
                        "image: " + config.image() + " is not here (expected: pulled before)"));
    try {
      return planned(request, hash, sandbox, devices, held);
    } catch (RuntimeException refused) {
      held.letGo().run();
      throw refused;
    }
  }

  private Planned planned(
      CreateContainer request,
      String hash,
      Sandbox sandbox,
      SpecWriter.Devices devices,
      Held held) {
    var config = request.config();
    var image = held.image();
    var container = container(request, hash, sandbox, image);
    var spec =
        new SpecWriter(
                container.id(),
                config,
                image.config(),
                sandbox,
                sandboxes.spec(sandbox),
                sandboxes.files(sandbox),
                facts,
                devices,
                pidNamespace(config.security(), sandbox))
            .write();
    var id = container.id();
    return new Planned(
        container,
        new ContainerSpec(
            id,
            sandbox.id(),
            paths.bundle(id),
            spec,
            new Rootfs(images.layers(image), paths.writable(id), paths.rootfs(id)),
            log(container),
            config.terminal(),
            config.stdin(),
            config.stdinOnce()),
        held);
  }

  static Optional<Path> log(Container container) {
    return container.logFile().isEmpty()
        ? Optional.empty()
        : Optional.of(Path.of(container.logFile()));
  }

  private static void refuse(ContainerConfig config, Sandbox sandbox) {
    if (config.security().privileged() && !sandbox.config().privileged()) {
      throw RuntimeFault.invalid(
          "container " + config.name() + ": privileged (expected: a privileged sandbox too)");
    }
  }

  private Container container(CreateContainer request, String hash, Sandbox sandbox, Image image) {
    var config = request.config();
    var logs = sandbox.config().logDirectory();
    return new Container(
        ContainerId.random(),
        sandbox.id(),
        sandbox.handler(),
        config,
        image.id(),
        image.digests().stream().findFirst().orElse(image.id().value()),
        image.layers(),
        request.owner(),
        host.bootId(),
        hash,
        clock.instant(),
        logs.isEmpty() || config.logPath().isEmpty()
            ? ""
            : Path.of(logs).resolve(config.logPath()).toString(),
        stopSignal(config, image),
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
