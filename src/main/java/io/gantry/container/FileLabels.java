package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.sandbox.Sandboxes.PodFiles;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Gives what a container mounts the SELinux label that it may touch: what was asked to get it, and
 * what was made for the container alone. Nothing else of the host (CVE-2021-43816).
 */
final class FileLabels {
  /** What the host itself lives in: neither these nor anything in them. */
  private static final List<Path> SYSTEM =
      paths(
          "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys",
          "/usr");

  /** What more than one program shares: not as a whole. */
  private static final Set<Path> SHARED =
      Set.copyOf(
          paths(
              "/",
              "/home",
              "/media",
              "/mnt",
              "/opt",
              "/root",
              "/run",
              "/srv",
              "/tmp",
              "/var",
              "/var/lib",
              "/var/lib/kubelet",
              "/var/lib/kubelet/pods",
              "/var/log",
              "/var/log/pods",
              "/var/run",
              "/var/tmp"));

  private final Call call;
  private final Host host;
  private final String label;

  FileLabels(Call call, Host host, String label) {
    this.call = call;
    this.host = host;
    this.label = label;
  }

  private static List<Path> paths(String... paths) {
    return Stream.of(paths).map(Path::of).toList();
  }

  /** Labels the volumes of a container. */
  Future<Void> ofVolumes(ContainerConfig config, Volumes volumes) {
    var done = Future.<Void>succeededFuture();
    for (var volume : config.mounts()) {
      if (volume.relabelled() && volume.image().isEmpty()) {
        done = done.compose(_ -> ofHost(volume));
      }
    }
    for (var volume : volumes.anonymous()) {
      done = done.compose(_ -> give(volume.directory(), label));
    }
    return done;
  }

  private Future<Void> ofHost(Volume volume) {
    var path = Path.of(volume.hostPath());
    return host.disk()
        .run(() -> checked(path.toRealPath()))
        .compose(real -> give(real, label))
        .recover(
            cause ->
                Future.failedFuture(
                    RuntimeFault.of(cause).during("relabelling of host path '" + path + "'")));
  }

  /** The path that a path with links has led to. */
  static Path checked(Path real) {
    if (SHARED.contains(real) || SYSTEM.stream().anyMatch(real::startsWith)) {
      throw RuntimeFault.invalid(
          "path: '" + real + "' (expected: a directory of the pod's, none that the host needs)");
    }
    return real;
  }

  /**
   * Lets a container with another level than its pod have the pod's files too: the lowest level is
   * below every other.
   */
  Future<Void> ofPod(PodFiles files, String level) {
    if (level.isEmpty() || label.endsWith(":" + level)) {
      return Future.succeededFuture();
    }
    var lowest = label.split(":", -1);
    var shared =
        Stream.of(lowest).limit(3).collect(Collectors.joining(":"))
            + ":"
            + level.split("[:-]", 2)[0];
    return Future.join(
            Stream.of(files.resolvConf(), files.hosts(), files.hostname())
                .map(file -> give(file, shared))
                .toList())
        .mapEmpty();
  }

  private Future<Void> give(Path tree, String label) {
    return host.disk().label(tree, label, call::over);
  }
}
