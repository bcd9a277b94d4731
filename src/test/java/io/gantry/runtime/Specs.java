package io.gantry.runtime;

import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Capabilities;
import io.gantry.oci.RuntimeSpec.Linux;
import io.gantry.oci.RuntimeSpec.Memory;
import io.gantry.oci.RuntimeSpec.Mount;
import io.gantry.oci.RuntimeSpec.Namespace;
import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.Resources;
import io.gantry.oci.RuntimeSpec.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** OCI configurations for tests. */
final class Specs {
  private static final List<String> CAPABILITIES = List.of("CAP_KILL", "CAP_CHOWN");

  private Specs() {}

  static RuntimeSpec running(
      String cgroup, boolean terminal, List<String> command, Optional<String> pidNamespace) {
    var namespaces = new ArrayList<Namespace>();
    namespaces.add(new Namespace("pid", pidNamespace.orElse(null)));
    for (var type : List.of("mount", "ipc", "uts")) {
      namespaces.add(new Namespace(type, null));
    }
    return new RuntimeSpec(
        RuntimeSpec.VERSION,
        process(terminal, command),
        null,
        null,
        List.of(
            new Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
            new Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "mode=755")),
            new Mount(
                "/dev/pts",
                "devpts",
                "devpts",
                List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"))),
        Map.of(),
        linux(cgroup, namespaces, null));
  }

  static RuntimeSpec limitedTo(long memoryBytes, RuntimeSpec spec) {
    var memory = new Memory(memoryBytes, memoryBytes);
    var resources = new Resources(List.of(), memory, null, null, List.of(), Map.of());
    return new RuntimeSpec(
        spec.ociVersion(),
        spec.process(),
        spec.root(),
        spec.hostname(),
        spec.mounts(),
        spec.annotations(),
        linux(String.valueOf(spec.linux().cgroupsPath()), spec.linux().namespaces(), resources));
  }

  private static Linux linux(
      String cgroup, List<Namespace> namespaces, @Nullable Resources resources) {
    return new Linux(
        namespaces, cgroup, resources, null, List.of(), List.of(), Map.of(), List.of(), null, null);
  }

  private static Process process(boolean terminal, List<String> command) {
    return new Process(
        terminal,
        new User(0, 0, List.of()),
        command,
        List.of("PATH=/bin"),
        "/",
        new Capabilities(CAPABILITIES, CAPABILITIES, CAPABILITIES, List.of(), List.of()),
        List.of(),
        true,
        0,
        null,
        null);
  }
}
