package io.gantry.container;

import io.gantry.container.ContainerConfig.Security;
import io.gantry.container.ContainerConfig.Variable;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.Resources;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Containers to ask for in tests: plain ones, changed where a test wants it. */
record Asked(
    String name,
    List<String> command,
    List<Variable> env,
    Map<String, String> annotations,
    List<Volume> mounts,
    Security security) {
  static final Security PLAIN =
      new Security(
          Optional.empty(),
          "",
          Optional.empty(),
          List.of(),
          true,
          false,
          List.of(),
          List.of(),
          List.of(),
          false,
          false,
          List.of("/proc/kcore"),
          List.of("/proc/sys"),
          Security.Pid.CONTAINER,
          "",
          Optional.empty(),
          Optional.empty());
  static final Resources UNLIMITED = new Resources(0, 0, 0, 0, 0, 0, "", "", Map.of(), Map.of());

  /** Plain but for whom it runs as. */
  static Security identified(
      Optional<Long> user,
      String username,
      Optional<Long> group,
      List<Long> supplementalGroups,
      boolean groupsMerged) {
    return new Security(
        user,
        username,
        group,
        supplementalGroups,
        groupsMerged,
        PLAIN.privileged(),
        PLAIN.capabilitiesAdded(),
        PLAIN.capabilitiesDropped(),
        PLAIN.capabilitiesAmbient(),
        PLAIN.noNewPrivileges(),
        PLAIN.readonlyRootfs(),
        PLAIN.maskedPaths(),
        PLAIN.readonlyPaths(),
        PLAIN.pid(),
        PLAIN.pidTarget(),
        PLAIN.seccomp(),
        PLAIN.appArmor());
  }

  /** Plain but for its capabilities. */
  static Security capable(List<String> added, List<String> dropped, List<String> ambient) {
    return powerful(false, added, dropped, ambient);
  }

  static Security privileged() {
    return powerful(true, List.of(), List.of(), List.of());
  }

  private static Security powerful(
      boolean privileged, List<String> added, List<String> dropped, List<String> ambient) {
    return new Security(
        PLAIN.user(),
        PLAIN.username(),
        PLAIN.group(),
        PLAIN.supplementalGroups(),
        PLAIN.groupsMerged(),
        privileged,
        added,
        dropped,
        ambient,
        PLAIN.noNewPrivileges(),
        PLAIN.readonlyRootfs(),
        PLAIN.maskedPaths(),
        PLAIN.readonlyPaths(),
        PLAIN.pid(),
        PLAIN.pidTarget(),
        PLAIN.seccomp(),
        PLAIN.appArmor());
  }

  static Asked container(String name) {
    return new Asked(name, List.of("sleep", "1000"), List.of(), Map.of(), List.of(), PLAIN);
  }

  Asked running(String... command) {
    return new Asked(name, List.of(command), env, annotations, mounts, security);
  }

  Asked mounting(Volume... volumes) {
    return new Asked(name, command, env, annotations, List.of(volumes), security);
  }

  Asked secured(Security security) {
    return new Asked(name, command, env, annotations, mounts, security);
  }

  Asked with(Variable... variables) {
    return new Asked(name, command, List.of(variables), annotations, mounts, security);
  }

  Asked annotated(Map<String, String> annotations) {
    return new Asked(name, command, env, annotations, mounts, security);
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
        env,
        mounts,
        List.of(),
        Map.of("io.kubernetes.container.name", name),
        annotations,
        "",
        false,
        false,
        false,
        UNLIMITED,
        security,
        "",
        List.of());
  }

  CreateContainer in(SandboxId sandbox) {
    return new CreateContainer(sandbox, config(), "cri");
  }
}
