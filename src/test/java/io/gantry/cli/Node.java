package io.gantry.cli;

import io.gantry.client.CriClient;
import io.gantry.client.DemoImage;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.ListPodSandboxRequest;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.recovery.PrivateNode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real daemon with its kubelet's side, and the command as people type it. */
final class Node {
  static final String IMAGE = "registry.example/busybox:1";

  /** What a command said, on both outputs, and its exit code. */
  record Said(int code, String text) {}

  private final Vertx vertx = Vertx.vertx();
  private final PrivateNode node;
  private final Path folder;

  private Node(PrivateNode node, Path folder) {
    this.node = node;
    this.folder = folder;
  }

  static Node in(Path folder) throws IOException {
    var node = PrivateNode.in(folder);
    var busybox = DemoImage.ofBusybox(Path.of("/bin/busybox"));
    node.registry().push("busybox", "1", busybox.manifest(), busybox.blobs());
    return new Node(node, folder);
  }

  /** Adds lines to the daemon's configuration; before it starts. */
  Node configured(String key, String value) throws IOException {
    var file = folder.resolve("gantry.yaml");
    var lines = new ArrayList<>(Files.readAllLines(file));
    lines.removeIf(line -> line.startsWith(key + ":"));
    lines.add(key + ": " + value);
    Files.write(file, lines);
    return this;
  }

  Node started() throws IOException {
    if (!node.start("")) {
      throw new IOException(
          "the daemon ended at once: " + Files.readString(folder.resolve("gantryd.log")));
    }
    return this;
  }

  /** An image in this node's registry. */
  void pushed(String repository, String tag, DemoImage image) {
    node.registry().push(repository, tag, image.manifest(), image.blobs());
  }

  Path folder() {
    return folder;
  }

  void restart() throws IOException {
    node.kill();
    started();
  }

  void kill() {
    node.kill();
  }

  void hangUp() throws IOException {
    node.hangUp();
  }

  /** The REST API over its Unix socket; its caller closes it. */
  Rest rest() {
    return Rest.on(vertx, folder.resolve("run/api.sock"));
  }

  Vertx vertx() {
    return vertx;
  }

  CriClient cri() {
    return CriClient.on(vertx, node.socket(), Duration.ofSeconds(90));
  }

  <T> T answered(io.vertx.core.Future<T> future) throws Exception {
    return future.await(90, TimeUnit.SECONDS);
  }

  PodSandboxConfig pod(String name) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName(name)
                .setNamespace("shop")
                .setUid(name + "-uid"))
        .setHostname(name)
        .setLogDirectory(folder.resolve("logs").toString())
        .build();
  }

  static ContainerConfig.Builder container(String... command) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(ImageSpec.newBuilder().setImage(IMAGE))
        .addAllCommand(List.of(command))
        .setLogPath("app.log");
  }

  /** Runs the command to its end. */
  Said gantry(String... arguments) throws Exception {
    return gantry(Map.of(), arguments);
  }

  /** The same with more variables. */
  Said gantry(Map<String, String> variables, String... arguments) throws Exception {
    var output = Files.createTempFile(folder, "said", ".txt");
    var process = begun(output, variables, arguments);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    return new Said(process.exitValue(), Files.readString(output));
  }

  /** The same, for conditions that are waited for. */
  String gantrySays(String... arguments) {
    try {
      return gantry(arguments).text();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** A command that goes on; its caller ends it. */
  Process begun(Path output, String... arguments) throws IOException {
    return begun(output, Map.of(), arguments);
  }

  private Process begun(Path output, Map<String, String> variables, String... arguments)
      throws IOException {
    var line = new ArrayList<String>();
    line.add(Path.of("target/gantry/bin/gantry").toAbsolutePath().toString());
    line.addAll(List.of(arguments));
    var builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(output.toFile()));
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // a JVM says that it has taken them
    builder.environment().put("GANTRY_API_SOCKET", folder.resolve("run/api.sock").toString());
    builder.environment().putAll(variables);
    var process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /** Ends what was never started. */
  void discard() throws Exception {
    node.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  /** Takes all pods away; the pins of one that cannot be detached go with the node. */
  void close() throws Exception {
    var cri = cri();
    try {
      var pods =
          answered(
              cri.call(
                  RuntimeServiceGrpcClient.ListPodSandbox,
                  ListPodSandboxRequest.getDefaultInstance()));
      for (var pod : pods.getItemsList()) {
        answered(cri.removePod(pod.getId()));
      }
    } finally {
      cri.close().await(5, TimeUnit.SECONDS);
      node.close();
      for (var mount : node.mounts()) {
        new ProcessBuilder("umount", "--lazy", mount).inheritIO().start().waitFor();
      }
      for (var group : node.groups()) {
        Files.deleteIfExists(group);
      }
      vertx.close().await(10, TimeUnit.SECONDS);
    }
  }
}
