package io.gantry.streaming;

import io.gantry.client.CriClient;
import io.gantry.client.DemoImage;
import io.gantry.cri.proto.AttachRequest;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ExecRequest;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.PodSandboxStatus;
import io.gantry.cri.proto.PortForwardRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.recovery.PrivateNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A daemon with one pod that sleeps, and the URLs of streams into it. */
final class LiveNode implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String IMAGE = "registry.example/busybox:1";

  final PrivateNode daemon;
  private final Vertx vertx = Vertx.vertx();
  private final PodSandboxConfig config;
  private final CriClient cri;
  private final String pod;
  private final String container;

  LiveNode(Path folder, String handler) throws IOException {
    this(
        PrivateNode.in(folder, "handlers: {default: " + handler + "}\n"),
        config(NamespaceOption.getDefaultInstance()));
  }

  /** Starts a daemon, and a pod of it. */
  LiveNode(PrivateNode daemon, PodSandboxConfig config) throws IOException {
    this.daemon = daemon;
    this.config = config;
    var busybox = DemoImage.ofBusybox(Path.of("/bin/busybox"));
    daemon.registry().push("busybox", "1", busybox.manifest(), busybox.blobs());
    if (!daemon.start("")) {
      throw new IOException("the daemon ended at once: " + Files.readString(daemon.log()));
    }
    cri = CriClient.on(vertx, daemon.socket(), PATIENCE);
    await(cri.pull(IMAGE));
    pod = await(cri.runPod(config));
    container =
        started(container("sleeper", "/bin/sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"));
  }

  /** A pod whose namespaces are these. */
  static PodSandboxConfig config(NamespaceOption namespaces) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("load").setUid("load-1").setNamespace("load"))
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(namespaces)))
        .build();
  }

  static ContainerConfig.Builder container(String name, String... command) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(IMAGE))
        .addAllCommand(List.of(command));
  }

  String pod() {
    return pod;
  }

  String container() {
    return container;
  }

  PodSandboxStatus status() {
    return await(cri.podStatus(pod));
  }

  /** One more container of the pod. */
  String started(ContainerConfig.Builder wanted) {
    var id = await(cri.create(pod, wanted.build(), config));
    await(cri.start(id));
    return id;
  }

  /** Whether a container has ended. */
  boolean ended(String container) {
    return await(cri.status(container)).getState() == ContainerState.CONTAINER_EXITED;
  }

  /** The exit code of a container; 0 while it runs, too. */
  int exitCode(String container) {
    return await(cri.status(container)).getExitCode();
  }

  /** What a script says in the container, which must succeed. */
  String says(String script) {
    var answer = await(cri.exec(container, PATIENCE, List.of("/bin/sh", "-c", script)));
    if (answer.getExitCode() != 0) {
      throw new IllegalStateException(script + ": " + answer.getStderr().toStringUtf8());
    }
    return answer.getStdout().toStringUtf8().strip();
  }

  /** Where a command can be had, which is an applet of busybox with arguments. */
  URI exec(boolean stdin, String... applet) {
    var command = new ArrayList<>(List.of("/bin/busybox"));
    command.addAll(List.of(applet));
    var request =
        ExecRequest.newBuilder()
            .setContainerId(container)
            .addAllCmd(command)
            .setStdin(stdin)
            .setStdout(true);
    return URI.create(await(cri.call(RuntimeServiceGrpcClient.Exec, request.build())).getUrl());
  }

  /** Where a container's input and output can be had. */
  URI attach(String container) {
    var request =
        AttachRequest.newBuilder().setContainerId(container).setStdin(true).setStdout(true);
    return URI.create(await(cri.call(RuntimeServiceGrpcClient.Attach, request.build())).getUrl());
  }

  /** Where a port of the pod can be had. */
  URI forward(int port) {
    var request = PortForwardRequest.newBuilder().setPodSandboxId(pod).addPort(port);
    return URI.create(
        await(cri.call(RuntimeServiceGrpcClient.PortForward, request.build())).getUrl());
  }

  /** How many processes run this applet of busybox. */
  static long running(String applet) {
    return PrivateNode.commandLines().stream()
        .filter(line -> line.startsWith("/bin/busybox " + applet))
        .count();
  }

  @Override
  public void close() throws IOException {
    await(cri.stopPod(pod));
    await(cri.removePod(pod));
    await(cri.close());
    daemon.end();
    daemon.close();
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new IllegalStateException(late);
    }
  }
}
