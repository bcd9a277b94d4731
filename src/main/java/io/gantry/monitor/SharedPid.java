package io.gantry.monitor;

import io.gantry.errors.RuntimeFault;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Capabilities;
import io.gantry.oci.RuntimeSpec.Linux;
import io.gantry.oci.RuntimeSpec.Mount;
import io.gantry.oci.RuntimeSpec.Namespace;
import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.Root;
import io.gantry.oci.RuntimeSpec.User;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.PodSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What holds the PID namespace of a pod whose containers share one: catatonit from the host, in a
 * root with nothing else in it, so that no pause image is ever pulled (decision 7). It reaps what
 * containers leave behind.
 */
final class SharedPid {
  private static final String INIT = "/catatonit";

  /** As for everything that a node's health depends on; clamped to what is allowed. */
  private static final int OOM_SCORE_ADJ = -998;

  private SharedPid() {}

  /** The init of this host; a host without one cannot have such pods. */
  static Path init(ConmonConfig config) {
    return config
        .catatonit()
        .orElseThrow(
            () ->
                RuntimeFault.precondition(
                    "catatonit: missing (expected: installed, for pods that share a PID"
                        + " namespace)"));
  }

  static Workload workload(PodSpec pod, Path init, ConmonConfig config) {
    var root = pod.directory().resolve("root");
    return new Workload(
        pod.id().value(),
        new Bundle(pod.directory()),
        spec(pod, init, root, config),
        Optional.empty(),
        root,
        Optional.empty(),
        false,
        false,
        false);
  }

  /** In a root that is the host's: a runtime with other users may not make them there. */
  static void makeMountPoints(Path root) throws IOException {
    Files.createDirectories(root.resolve("proc"));
    Files.createDirectories(root.resolve("dev"));
    var init = root.resolve(INIT.substring(1));
    if (!Files.exists(init)) {
      Files.createFile(init);
    }
  }

  private static RuntimeSpec spec(PodSpec pod, Path init, Path root, ConmonConfig config) {
    var parent = pod.cgroupParent().isEmpty() ? config.defaultCgroupParent() : pod.cgroupParent();
    return new RuntimeSpec(
        RuntimeSpec.VERSION,
        process(pod),
        new Root(root.toString(), true),
        null,
        List.of(
            new Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
            // runtimes put the standard devices somewhere
            new Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "noexec", "size=64k")),
            new Mount(INIT, "bind", init.toString(), List.of("bind", "ro", "nosuid", "nodev"))),
        Map.of(),
        new Linux(
            namespaces(pod),
            ControlGroup.member(parent, pod.id().value()),
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            List.of(),
            pod.confines().seccomp(),
            null));
  }

  private static Process process(PodSpec pod) {
    var none = List.<String>of();
    return new Process(
        false,
        new User(0, 0, List.of()),
        List.of(INIT, "-P"),
        List.of("PATH=/"),
        "/",
        new Capabilities(none, none, none, none, none),
        List.of(),
        true,
        OOM_SCORE_ADJ,
        pod.confines().appArmor(),
        null);
  }

  private static List<Namespace> namespaces(PodSpec pod) {
    var namespaces = new ArrayList<Namespace>();
    namespaces.add(new Namespace("pid", null));
    namespaces.add(new Namespace("mount", null));
    pod.namespaces().forEach((type, path) -> namespaces.add(new Namespace(type, path.toString())));
    return namespaces;
  }
}
