package io.gantry.driver;

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
 * What holds the PID namespace of a pod whose containers share one, and what stands for the pod
 * where a runtime wants something to: catatonit from the host, in a root with nothing else in it,
 * so that no pause image is ever pulled. It reaps what containers leave behind.
 */
public final class PodInit {
  private static final String INIT = "/catatonit";

  /** As for everything that a node's health depends on; clamped to what is allowed. */
  private static final int OOM_SCORE_ADJ = -998;

  private PodInit() {}

  /** The init of this host; a host without one cannot have such pods. */
  public static Path required(Optional<Path> catatonit) {
    return catatonit.orElseThrow(
        () ->
            RuntimeFault.precondition(
                "catatonit: missing (expected: installed, for pods that share a PID"
                    + " namespace)"));
  }

  /** In a root that is the host's: a runtime with other users may not make them there. */
  public static void makeMountPoints(Path root) throws IOException {
    Files.createDirectories(root.resolve("proc"));
    Files.createDirectories(root.resolve("dev"));
    var init = root.resolve(INIT.substring(1));
    if (!Files.exists(init)) {
      Files.createFile(init);
    }
  }

  /**
   * What to run.
   *
   * @param init as {@link #required} found it
   * @param root an absolute path, to be made ready by {@link #makeMountPoints}
   * @param parent the control group of a pod that names none
   */
  public static RuntimeSpec spec(PodSpec pod, Path init, Path root, String parent) {
    var group = pod.cgroupParent().isEmpty() ? parent : pod.cgroupParent();
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
            ControlGroup.member(group, pod.id().value()),
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            List.of(),
            pod.confines().seccomp(),
            pod.confines().labels().files()));
  }

  /**
   * The same with the pod's host name, for what is a kernel of its own: that knows nothing of the
   * name that the pod's UTS namespace has.
   */
  public static RuntimeSpec named(PodSpec pod, RuntimeSpec spec) {
    return pod.namespaces().containsKey("uts")
        ? new RuntimeSpec(
            spec.ociVersion(),
            spec.process(),
            spec.root(),
            pod.hostname(),
            spec.mounts(),
            spec.annotations(),
            spec.linux(),
            spec.hooks())
        : spec;
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
        pod.confines().labels().process());
  }

  private static List<Namespace> namespaces(PodSpec pod) {
    var namespaces = new ArrayList<Namespace>();
    namespaces.add(new Namespace("pid", null));
    namespaces.add(new Namespace("mount", null));
    pod.namespaces().forEach((type, path) -> namespaces.add(new Namespace(type, path.toString())));
    return namespaces;
  }
}
