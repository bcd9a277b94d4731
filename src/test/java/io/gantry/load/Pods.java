package io.gantry.load;

import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.DNSConfig;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.KeyValue;
import io.gantry.cri.proto.LinuxContainerConfig;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.LinuxContainerSecurityContext;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.Mount;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.RunPodSandboxRequest;
import io.gantry.cri.proto.RunPodSandboxResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Pods as the kubelet makes them: a control group of the pod's own that is there before, DNS,
 * labels and annotations, the paths to be masked, and files mounted from the pod's folder.
 */
final class Pods {
  /** A pod that was asked for, with what it was asked for. */
  record Pod(String id, PodSandboxConfig config, Path folder) {}

  private static final List<String> MASKED =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware");
  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private final Peer peer;
  private final String image;
  private final NamespaceMode pid;
  private final Path folders;
  private final String handler;

  /**
   * @param pid whether the pod's containers share a PID namespace; the kubelet's default is {@code
   *     CONTAINER}
   */
  Pods(Peer peer, String image, NamespaceMode pid, Path work) {
    this(peer, image, pid, work, "");
  }

  /**
   * @param handler of the pods; {@code ""} is the peer's default
   */
  Pods(Peer peer, String image, NamespaceMode pid, Path work, String handler) {
    this.handler = handler;
    this.peer = peer;
    this.image = image;
    this.pid = pid;
    this.folders = work.resolve(peer.name());
  }

  /** What the kubelet does before it calls; not part of any time. */
  Pod prepare() {
    var uid = UUID.randomUUID().toString();
    var folder = folders.resolve(uid);
    var group = group(uid);
    try {
      for (var directory : groups(group)) {
        Files.createDirectories(directory);
      }
      Files.createDirectories(folder.resolve("logs"));
      Files.createDirectories(folder.resolve("token"));
      Files.writeString(folder.resolve("hosts"), "127.0.0.1 localhost\n");
      Files.writeString(folder.resolve("termination-log"), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Pod("", config(uid, folder, group), folder);
  }

  Future<Pod> run(Pod prepared) {
    return peer.cri()
        .call(
            RuntimeServiceGrpcClient.RunPodSandbox,
            RunPodSandboxRequest.newBuilder()
                .setConfig(prepared.config())
                .setRuntimeHandler(handler)
                .build())
        .map(RunPodSandboxResponse::getPodSandboxId)
        .map(id -> new Pod(id, prepared.config(), prepared.folder()));
  }

  Future<String> create(Pod pod, String name) {
    return peer.cri().create(pod.id(), container(pod, name), pod.config());
  }

  /** All of it, one call after the other. */
  Future<Up> up(Pod prepared) {
    return run(prepared)
        .compose(
            pod ->
                create(pod, "main")
                    .compose(
                        container -> peer.cri().start(container).map(_ -> new Up(pod, container))));
  }

  /** A pod whose container runs. */
  record Up(Pod pod, String container) {}

  Future<Void> down(Up up) {
    return peer.cri()
        .stop(up.container(), Duration.ZERO)
        .compose(_ -> peer.cri().stopPod(up.pod().id()))
        .compose(_ -> peer.cri().remove(up.container()))
        .compose(_ -> peer.cri().removePod(up.pod().id()));
  }

  /** Takes away what {@link #prepare} made. */
  void forget(Pod pod) {
    var group = pod.config().getLinux().getCgroupParent();
    try {
      for (var directory : groups(group)) {
        removeGroup(directory);
      }
      try (Stream<Path> files = Files.walk(pod.folder())) {
        for (var file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void removeGroup(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> below = Files.list(directory)) {
      for (var child : below.filter(Files::isDirectory).toList()) {
        removeGroup(child);
      }
    }
    directory.toFile().delete(); // one that is busy still is taken with the run's own
  }

  private String group(String uid) {
    return "/gantry-load-pods-" + peer.name() + "/pod" + uid;
  }

  /** The group in every hierarchy. */
  private static List<Path> groups(String group) {
    var root = Path.of("/sys/fs/cgroup");
    if (Files.exists(root.resolve("cgroup.controllers"))) {
      return List.of(root.resolve(group.substring(1)));
    }
    var all = new ArrayList<Path>();
    try (Stream<Path> hierarchies = Files.list(root)) {
      hierarchies
          .filter(it -> !Files.isSymbolicLink(it) && Files.exists(it.resolve("cgroup.procs")))
          .forEach(it -> all.add(it.resolve(group.substring(1))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private PodSandboxConfig config(String uid, Path folder, String group) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName("load-" + uid)
                .setUid(uid)
                .setNamespace("default"))
        .setHostname("load-" + uid.substring(0, 8))
        .setLogDirectory(folder.resolve("logs").toString())
        .setDnsConfig(
            DNSConfig.newBuilder()
                .addServers("10.96.0.10")
                .addSearches("default.svc.cluster.local")
                .addSearches("svc.cluster.local")
                .addOptions("ndots:5"))
        .putLabels("io.kubernetes.pod.name", "load-" + uid)
        .putLabels("io.kubernetes.pod.namespace", "default")
        .putLabels("io.kubernetes.pod.uid", uid)
        .putAnnotations("kubernetes.io/config.source", "api")
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setCgroupParent(group)
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(NamespaceOption.newBuilder().setPid(pid))))
        .build();
  }

  private ContainerConfig container(Pod pod, String name) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(image))
        .addCommand("sleep")
        .addArgs("100000")
        .addEnvs(env("KUBERNETES_SERVICE_HOST", "10.96.0.1"))
        .addEnvs(env("KUBERNETES_SERVICE_PORT", "443"))
        .addMounts(mount(pod, "hosts", "/etc/hosts", false))
        .addMounts(mount(pod, "termination-log", "/dev/termination-log", false))
        .addMounts(mount(pod, "token", "/var/run/secrets/kubernetes.io/serviceaccount", true))
        .putLabels("io.kubernetes.container.name", name)
        .putLabels("io.kubernetes.pod.uid", pod.config().getMetadata().getUid())
        .putAnnotations("io.kubernetes.container.restartCount", "0")
        .setLogPath(name + "_0.log")
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setResources(
                    LinuxContainerResources.newBuilder()
                        .setCpuShares(102)
                        .setCpuPeriod(100_000)
                        .setMemoryLimitInBytes(128L << 20)
                        .setOomScoreAdj(1000))
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder()
                        .setNamespaceOptions(NamespaceOption.newBuilder().setPid(pid))
                        .addAllMaskedPaths(MASKED)
                        .addAllReadonlyPaths(READ_ONLY)))
        .build();
  }

  private static KeyValue env(String name, String value) {
    return KeyValue.newBuilder()
        .setKey(name)
        .setValue(com.google.protobuf.ByteString.copyFromUtf8(value))
        .build();
  }

  private static Mount mount(Pod pod, String file, String to, boolean readonly) {
    return Mount.newBuilder()
        .setHostPath(pod.folder().resolve(file).toString())
        .setContainerPath(to)
        .setReadonly(readonly)
        .build();
  }
}
