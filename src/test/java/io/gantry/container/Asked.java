package io.gantry.container;

import io.gantry.container.ContainerConfig.Resources;
import io.gantry.container.ContainerConfig.Security;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.ids.SandboxId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Containers to ask for in tests: plain ones, changed where a test wants it. */
record Asked(String name, List<String> command, List<Volume> mounts, Security security) {
  static final Security PLAIN =
      new Security(
          Optional.empty(),
          Optional.empty(),
          List.of(),
          false,
          List.of(),
          List.of(),
          List.of(),
          false,
          false,
          List.of("/proc/kcore"),
          List.of("/proc/sys"),
          Security.Pid.CONTAINER,
          "");
  static final Resources UNLIMITED = new Resources(0, 0, 0, 0, 0, 0, "", "", Map.of(), Map.of());

  static Asked container(String name) {
    return new Asked(name, List.of("sleep", "1000"), List.of(), PLAIN);
  }

  Asked running(String... command) {
    return new Asked(name, List.of(command), mounts, security);
  }

  Asked mounting(Volume... volumes) {
    return new Asked(name, command, List.of(volumes), security);
  }

  Asked secured(Security security) {
    return new Asked(name, command, mounts, security);
  }

  ContainerConfig config() {
    return new ContainerConfig(
        name,
        0,
        FakeImages.NAME,
        "",
        command,
        List.of(),
        "",
        List.of(),
        mounts,
        List.of(),
        Map.of("io.kubernetes.container.name", name),
        Map.of(),
        "",
        false,
        false,
        false,
        UNLIMITED,
        security,
        "");
  }

  CreateContainer in(SandboxId sandbox) {
    return new CreateContainer(sandbox, config(), "cri");
  }
}
