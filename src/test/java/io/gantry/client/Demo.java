package io.gantry.client;

import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * One pod from the CRI socket to its shell, through a kill of the daemon, told line by line.
 *
 * <p>scripts/demo.sh prepares what it needs below one folder: gantry.yaml, the CNI configuration
 * and a registry; and clears up behind it, however it ends.
 */
public final class Demo {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration FOLLOWED = Duration.ofSeconds(1);
  private static final String IMAGE = "registry.example/demo/busybox:1";
  private static final String COUNTING =
      "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done";

  private final Path dir;
  private final Path gantryd;
  private final Path socket;
  private final Narrator narrator;
  private final CriClient cri;
  private final ContainerLog log;

  /** Found again in /proc: the name of the container's shell. */
  private final String marker = "tick-" + Long.toHexString(System.nanoTime());

  private Demo(Path dir, Path gantryd, Narrator narrator, Vertx vertx) {
    this.dir = dir;
    this.gantryd = gantryd;
    this.socket = dir.resolve("run/gantry.sock");
    this.narrator = narrator;
    this.cri = CriClient.on(vertx, socket, PATIENCE);
    this.log = new ContainerLog(dir.resolve("logs/tick/0.log"));
  }

  /** {@code DIR GANTRYD REGISTRY-PORT BUSYBOX plain|colour}. */
  public static void main(String[] args) throws Exception {
    var narrator = new Narrator(System.out, args[4].equals("colour"));
    var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    var demo =
        new Demo(
            Path.of(args[0]).toAbsolutePath(), Path.of(args[1]).toAbsolutePath(), narrator, vertx);
    var ended = 0;
    try {
      demo.run(URI.create("http://127.0.0.1:" + args[2]), Path.of(args[3]));
    } catch (IllegalStateException e) {
      System.out.println("   FAILED: " + e.getMessage());
      ended = 1;
    }
    await(demo.cri.close());
    await(vertx.close());
    System.exit(ended);
  }

  private void run(URI registry, Path busybox) throws IOException {
    push(registry, busybox);
    var first = startDaemon("starts");
    var pulled = pull();
    var pod = runPod();
    var container = startContainer(pod, pulled);
    follow();
    exec(container);
    var second = killAndStartAgain(first, container);
    showStatus(pod, container);
    stopAll(pod, container, pulled);
    var code = second.terminate();
    check(code == 0 || code == 143, "gantryd ended with %d after SIGTERM", code);
    narrator.step("SIGTERM: gantryd ends (exit code %d)", code);
  }

  private void push(URI registry, Path busybox) {
    var image = DemoImage.ofBusybox(busybox);
    try (var push = new RegistryPush(registry)) {
      push.push("demo/busybox", "1", image.manifest(), image.blobs());
    }
    narrator.step(
        "an image made of %s is pushed to the registry at %s", busybox, registry.getAuthority());
    narrator.detail(
        "layer %s, %d KiB", shortly(DemoImage.digest(image.layer())), image.layer().length / 1024);
  }

  private DemoDaemon startDaemon(String verb) {
    var daemon =
        DemoDaemon.start(gantryd, dir.resolve("gantry.yaml"), socket, dir.resolve("gantryd.log"));
    var version = await(cri.version());
    narrator.step(
        "gantryd %s, pid %d, and answers Version: %s %s, CRI %s",
        verb,
        daemon.pid(),
        version.getRuntimeName(),
        version.getRuntimeVersion(),
        version.getRuntimeApiVersion());
    return daemon;
  }

  private String pull() {
    var pulled = await(cri.pull(IMAGE));
    narrator.step("PullImage %s", IMAGE);
    narrator.detail("%s", pulled);
    return pulled;
  }

  private String runPod() {
    var pod = await(cri.runPod(podConfig()));
    var status = await(cri.podStatus(pod));
    var ip = status.getNetwork().getIp();
    check(!ip.isEmpty(), "pod %s has no address", shortly(pod));
    narrator.step("RunPodSandbox: pod %s, address %s", shortly(pod), ip);
    return pod;
  }

  private String startContainer(String pod, String image) {
    var container = await(cri.create(pod, containerConfig(image), podConfig()));
    narrator.step("CreateContainer: %s", shortly(container));
    await(cri.start(container));
    check(
        Waiting.until(PATIENCE, () -> pidOfContainer() > 0),
        "the container's process is not there");
    narrator.step("StartContainer: pid %d, counts in its log every 50 ms", pidOfContainer());
    return container;
  }

  private void follow() {
    var atLeast = (int) (FOLLOWED.toMillis() / 100);
    check(
        Waiting.until(PATIENCE, () -> log.lines().size() >= atLeast),
        "log %s has %d lines (expected: %d)",
        log.file(),
        log.lines().size(),
        atLeast);
    narrator.step("its log, followed: %s", dir.relativize(log.file()));
    var lines = log.lines();
    lines
        .subList(lines.size() - 3, lines.size())
        .forEach(line -> narrator.detail("%s %s %s", line.at(), line.stream(), line.text()));
  }

  private void exec(String container) {
    var command = List.of("sh", "-c", "hostname; ip -4 -o addr show eth0 | cat; exit 7");
    var ran = await(cri.exec(container, Duration.ofSeconds(10), command));
    narrator.step("ExecSync: a shell in it says this and exits with %d", ran.getExitCode());
    ran.getStdout()
        .toString(StandardCharsets.UTF_8)
        .lines()
        .forEach(line -> narrator.detail("%s", line.replaceAll("\\s+", " ")));
    check(ran.getExitCode() == 7, "exec exit code: %d (expected: 7)", ran.getExitCode());
  }

  private DemoDaemon killAndStartAgain(DemoDaemon first, String container) {
    var pid = pidOfContainer();
    var before = log.lines().size();
    first.kill();
    narrator.step("kill -9 %d: the daemon is gone, the container is not", first.pid());
    check(
        Waiting.until(PATIENCE, () -> log.lines().size() >= before + 5),
        "the log stands still without the daemon");
    narrator.pause();
    var second = startDaemon("starts again");
    var status = await(cri.status(container));
    check(
        status.getState() == ContainerState.CONTAINER_RUNNING,
        "container state after the restart: %s (expected: CONTAINER_RUNNING)",
        status.getState());
    check(pidOfContainer() == pid, "container pid: %d (expected: %d)", pidOfContainer(), pid);
    var pause = log.longestPause();
    narrator.detail(
        "the container runs on as pid %d; %d log lines without a gap, at most %d ms apart",
        pid, log.lines().size(), pause.toMillis());
    return second;
  }

  private void showStatus(String pod, String container) {
    var podStatus = await(cri.podStatus(pod));
    var status = await(cri.status(container));
    narrator.step("PodSandboxStatus and ContainerStatus");
    narrator.detail(
        "pod %s %s %s", shortly(pod), podStatus.getState(), podStatus.getNetwork().getIp());
    narrator.detail(
        "container %s %s, image %s, log %s",
        shortly(container),
        status.getState(),
        status.getImage().getImage(),
        dir.relativize(Path.of(status.getLogPath())));
  }

  private void stopAll(String pod, String container, String pulled) {
    await(cri.stop(container, Duration.ofSeconds(5)));
    var status = await(cri.status(container));
    check(
        status.getState() == ContainerState.CONTAINER_EXITED && pidOfContainer() == 0,
        "container state after the stop: %s (expected: CONTAINER_EXITED)",
        status.getState());
    narrator.step("StopContainer: exit code %d", status.getExitCode());
    await(cri.remove(container));
    await(cri.stopPod(pod));
    await(cri.removePod(pod));
    await(cri.removeImage(pulled));
    narrator.step("RemoveContainer, StopPodSandbox, RemovePodSandbox, RemoveImage");
  }

  private PodSandboxConfig podConfig() {
    var namespaces =
        NamespaceOption.newBuilder()
            .setNetwork(NamespaceMode.POD)
            .setIpc(NamespaceMode.POD)
            .setPid(NamespaceMode.CONTAINER);
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName("demo")
                .setNamespace("default")
                .setUid("demo-uid"))
        .setHostname("demo")
        .setLogDirectory(dir.resolve("logs").toString())
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(namespaces)))
        .build();
  }

  private ContainerConfig containerConfig(String image) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("tick"))
        .setImage(ImageSpec.newBuilder().setImage(image))
        .addAllCommand(List.of("sh", "-c", COUNTING, marker))
        .setLogPath("tick/0.log")
        .build();
  }

  /** As the host counts; 0 if there is none. */
  private long pidOfContainer() {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(entry -> entry.getFileName().toString().matches("[0-9]+"))
          .filter(this::isMarked)
          .mapToLong(entry -> Long.parseLong(entry.getFileName().toString()))
          .min()
          .orElse(0);
    } catch (IOException e) {
      throw new IllegalStateException("/proc: not readable", e);
    }
  }

  private boolean isMarked(Path process) {
    try {
      return Files.readString(process.resolve("cmdline")).endsWith("\0" + marker + "\0");
    } catch (IOException e) {
      return false; // it has ended meanwhile
    }
  }

  private static String shortly(String id) {
    return id.replace("sha256:", "").substring(0, 12);
  }

  private static void check(boolean good, String text, Object... values) {
    if (!good) {
      throw new IllegalStateException(text.formatted(values));
    }
  }

  private static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(String.valueOf(e.getCause().getMessage()), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer in " + PATIENCE.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
