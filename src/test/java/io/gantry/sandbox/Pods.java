package io.gantry.sandbox;

import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.gantry.sandbox.SandboxConfig.Dns;
import io.gantry.sandbox.SandboxConfig.Sharing;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pods to ask for in tests. */
public final class Pods {
  private Pods() {}

  /** With everything of its own and no process. */
  public static RunSandbox pod(String name) {
    return with(name, new Sharing(false, false, Sharing.Pid.CONTAINER));
  }

  /** With one PID namespace for all of its containers. */
  public static RunSandbox sharingPid(String name) {
    return with(name, new Sharing(false, false, Sharing.Pid.POD));
  }

  /** On the host's network. */
  public static RunSandbox onHostNetwork(String name) {
    return with(name, new Sharing(true, false, Sharing.Pid.CONTAINER));
  }

  /** With users of its own, whose root is this user with this group. */
  public static RunSandbox withUsers(String name, int user, int group) {
    return with(
        name,
        new Sharing(
            false,
            false,
            Sharing.Pid.CONTAINER,
            Optional.of(
                new IdMappings(
                    List.of(new IdMapping(0, user, 1000)),
                    List.of(new IdMapping(0, group, 1000))))));
  }

  /** With parameters of its namespaces. */
  public static RunSandbox withSysctls(String name, Map<String, String> sysctls) {
    return with(name, new Sharing(false, false, Sharing.Pid.CONTAINER), sysctls);
  }

  private static RunSandbox with(String name, Sharing sharing) {
    return with(name, sharing, Map.of());
  }

  private static RunSandbox with(String name, Sharing sharing, Map<String, String> sysctls) {
    return new RunSandbox(
        new SandboxConfig(
            new PodName("default", name, name + "-uid", 0),
            name,
            "",
            new Dns(List.of("10.0.0.10"), List.of("svc"), List.of("ndots:5")),
            List.of(),
            Map.of("app", name),
            Map.of(),
            "",
            sysctls,
            sharing,
            false,
            Optional.empty(),
            Optional.empty(),
            Resources.NONE,
            Resources.NONE),
        "",
        "cri");
  }

  /** The same pod with another label: not the same request. */
  public static RunSandbox relabelled(RunSandbox request) {
    return changed(request, Map.of("app", "another"), request.config().cgroupParent());
  }

  /** The same pod in a group that the kubelet names. */
  public static RunSandbox in(String cgroupParent, RunSandbox request) {
    return changed(request, request.config().labels(), cgroupParent);
  }

  private static RunSandbox changed(
      RunSandbox request, Map<String, String> labels, String cgroupParent) {
    var config = request.config();
    return new RunSandbox(
        new SandboxConfig(
            config.pod(),
            config.hostname(),
            config.logDirectory(),
            config.dns(),
            config.ports(),
            labels,
            config.annotations(),
            cgroupParent,
            config.sysctls(),
            config.sharing(),
            config.privileged(),
            config.seccomp(),
            config.appArmor(),
            config.overhead(),
            config.resources()),
        request.handler(),
        request.owner());
  }
}
