package io.gantry.node;

import io.gantry.client.CriClient;
import io.gantry.client.DemoImage;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ContainerStatus;
import io.gantry.cri.proto.ExecSyncResponse;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.LinuxContainerConfig;
import io.gantry.cri.proto.LinuxContainerSecurityContext;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.RunPodSandboxRequest;
import io.gantry.cri.proto.RunPodSandboxResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.image.TestImage;
import io.gantry.recovery.PrivateNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A daemon with an image of busybox, and what tests of its flows say often. */
final class Node {
  static final String IMAGE = "registry.example/busybox:1";
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  final Path folder;
  final PrivateNode daemon;
  private final Vertx vertx = Vertx.vertx();
  CriClient cri;
  private int pods;

  /** A pod and how it was asked for. */
  record Pod(String id, PodSandboxConfig config, NamespaceMode pid) {}

  @SuppressWarnings("NullAway.Init") // the client comes with start
  private Node(Path folder, PrivateNode daemon) {
    this.folder = folder;
    this.daemon = daemon;
  }

  static Node in(Path folder, String configuration) throws Exception {
    var node = new Node(folder, PrivateNode.in(folder, configuration));
    var busybox = DemoImage.ofBusybox(Path.of("/bin/busybox"));
    node.daemon.registry().push("busybox", "1", busybox.manifest(), busybox.blobs());
    node.start();
    node.await(node.cri.pull(IMAGE));
    return node;
  }

  private void start() throws Exception {
    if (!daemon.start("")) {
      throw new IllegalStateException(Files.readString(daemon.log()));
    }
    cri = CriClient.on(vertx, daemon.socket(), DEADLINE);
  }

  /** As after the death of the daemon. */
  void restart() throws Exception {
    daemon.kill();
    await(cri.close());
    start();
  }

  <T> T await(Future<T> future) throws Exception {
    return future.await(90, TimeUnit.SECONDS);
  }

  /** Pushes and pulls an image that is busybox with more on top. */
  String image(String name, JsonObject execution, byte[]... layers) throws Exception {
    var all = new byte[layers.length + 1][];
    all[0] = DemoImage.tarOf(Path.of("/bin/busybox"));
    System.arraycopy(layers, 0, all, 1, layers.length);
    return push(name, execution, all);
  }

  /** Pushes and pulls an image of these layers alone. */
  String push(String name, JsonObject execution, byte[]... layers) throws Exception {
    var image = TestImage.of(new JsonObject().put("config", execution), layers);
    daemon.registry().push(name, "1", image.manifest(), image.blobs());
    var reference = "registry.example/" + name + ":1";
    await(cri.pull(reference));
    return reference;
  }

  Pod pod(String handler, NamespaceMode pid) throws Exception {
    return pod(handler, NamespaceOption.newBuilder().setPid(pid), false);
  }

  Pod pod(String handler, NamespaceOption.Builder namespaces) throws Exception {
    return pod(handler, namespaces, false);
  }

  Pod privilegedPod(String handler, NamespaceMode pid) throws Exception {
    return pod(handler, NamespaceOption.newBuilder().setPid(pid), true);
  }

  private Pod pod(String handler, NamespaceOption.Builder namespaces, boolean privileged)
      throws Exception {
    var name = "pod" + pods++;
    var config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName(name).setNamespace("test").setUid(name))
            .setHostname(name)
            .setLogDirectory(logs(name).toString())
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setPrivileged(privileged)
                            .setNamespaceOptions(namespaces)))
            .build();
    var id =
        await(
            cri.call(
                    RuntimeServiceGrpcClient.RunPodSandbox,
                    RunPodSandboxRequest.newBuilder()
                        .setConfig(config)
                        .setRuntimeHandler(handler)
                        .build())
                .map(RunPodSandboxResponse::getPodSandboxId));
    return new Pod(id, config, namespaces.getPid());
  }

  private Path logs(String pod) {
    return folder.resolve("logs").resolve(pod);
  }

  Path log(Pod pod, String container) {
    return logs(pod.config().getMetadata().getName()).resolve(container + ".log");
  }

  /** A container that runs a script of the shell's. */
  static ContainerConfig.Builder shell(String name, Pod pod, String script) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(IMAGE))
        .addAllCommand(List.of("/bin/sh", "-c", script))
        .setLogPath(name + ".log")
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder()
                        .setNamespaceOptions(NamespaceOption.newBuilder().setPid(pod.pid()))));
  }

  /** One that does nothing, for as long as it is left alone. */
  static ContainerConfig.Builder idle(String name, Pod pod) {
    return shell(name, pod, "trap 'exit 0' TERM; while true; do sleep 1000 & wait; done");
  }

  String create(Pod pod, ContainerConfig.Builder container) throws Exception {
    return await(cri.create(pod.id(), container.build(), pod.config()));
  }

  String run(Pod pod, ContainerConfig.Builder container) throws Exception {
    var id = create(pod, container);
    await(cri.start(id));
    return id;
  }

  /** What a command of the shell's does in a container. */
  ExecSyncResponse exec(String container, String script) throws Exception {
    return await(cri.exec(container, Duration.ofSeconds(30), List.of("/bin/sh", "-c", script)));
  }

  String output(String container, String script) throws Exception {
    return exec(container, script).getStdout().toStringUtf8();
  }

  ContainerStatus status(String container) throws Exception {
    return await(cri.status(container));
  }

  /** The status of a container once it has ended. */
  ContainerStatus ended(String container) throws Exception {
    Waiting.until(Duration.ofSeconds(20), () -> exited(container));
    return status(container);
  }

  private boolean exited(String container) {
    try {
      return status(container).getState() == ContainerState.CONTAINER_EXITED;
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  void remove(Pod pod) throws Exception {
    await(cri.stopPod(pod.id()));
    await(cri.removePod(pod.id()));
  }

  /** Ends the daemon; all pods must be gone. */
  List<Object> left() throws IOException {
    var all = new java.util.ArrayList<Object>(daemon.mounts());
    all.addAll(daemon.processes());
    all.addAll(daemon.leases());
    all.addAll(daemon.remains());
    all.addAll(daemon.groups());
    return all;
  }

  void close() throws Exception {
    daemon.end();
    daemon.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }
}
