package io.gantry.diagnosis;

import io.gantry.call.Journal;
import io.gantry.container.Container;
import io.gantry.container.ContainerState.Exited;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What can be done about what: one method for each way to be stuck. */
final class Advice {
  private Advice() {}

  /** Of a call that waits for somebody. */
  static List<String> waiting(Journal.Entry entry) {
    var advice = new ArrayList<String>();
    for (var wait : entry.waits()) {
      if (wait.who().contains("pid ")) {
        var pid = wait.who().substring(wait.who().indexOf("pid ") + 4);
        advice.add(
            "see what process " + pid + " does: cat /proc/" + pid + "/wchan, strace -p " + pid);
      }
    }
    if (entry.now().stream().anyMatch(step -> step.name().startsWith("cni/"))) {
      advice.add(
          "a network plugin is killed when its time is over, and the pod is tried again by the"
              + " kubelet; its configuration is in cni.conf-dir (gantry config)");
    }
    return advice;
  }

  /** Of a call that failed. */
  static List<String> failed(Journal.Entry entry, RuntimeFault fault) {
    var said = String.valueOf(fault.getMessage()).toLowerCase(Locale.ROOT);
    if (entry.operation().equals("PullImage")) {
      return List.of(pull(fault, said));
    }
    if (said.contains("runtime handler")) {
      return List.of(
          "the pod's RuntimeClass names the handler: gantry handlers says which there are, and why"
              + " one is not ready");
    }
    if (said.contains("network plugin") || said.contains("network:")) {
      return List.of(
          "check that the plugin is in one of cni.bin-dirs and what its configuration in"
              + " cni.conf-dir says (gantry config shows both)");
    }
    return fault.kind() == Kind.RESOURCE_EXHAUSTED
        ? List.of("free space on the disk of the root folder: gantry images, gantry rmi")
        : List.of();
  }

  private static String pull(RuntimeFault fault, String said) {
    if (said.contains("denied") || said.contains("unauthorized") || said.contains("401")) {
      return "check the pull secret: the registry does not give this image to these credentials";
    }
    return switch (fault.kind()) {
      case NOT_FOUND -> "check the image's name and tag: its registry has none of that name";
      case INVALID_ARGUMENT -> "check how the image's name is written";
      case UNAVAILABLE, DEADLINE_EXCEEDED ->
          "check that the registry can be reached from this node: its name, proxies, and"
              + " hosts.toml below registry.hosts (gantry config)";
      default -> "try again by hand, with its progress: gantry pull " + subject(fault);
    };
  }

  private static String subject(RuntimeFault fault) {
    var words = String.valueOf(fault.getMessage()).split("[ :]+", 3);
    return words.length > 1 && words[0].equals("image") ? words[1] : "REFERENCE";
  }

  /** Of a container that has ended as it should not. */
  static List<String> ended(Container container, Exited exited) {
    var logs = "its last words: gantry logs --tail 20 " + container.key().substring(0, 13);
    return switch (exited.reason()) {
      case "OOMKilled" ->
          List.of(
              "raise its memory limit"
                  + limit(container)
                  + ", or find out why it needs more: the kernel killed it for want of memory",
              logs);
      case "StartError", "ContainerCannotRun" ->
          List.of("check its command, working directory and mounts: its program was never run");
      case "Unknown" ->
          List.of("nobody saw how it ended: its monitor died, or the host was rebooted", logs);
      default -> List.of(logs);
    };
  }

  private static String limit(Container container) {
    var bytes = container.config().resources().memoryBytes();
    return bytes == 0 ? "" : " (now " + (bytes >> 20) + " MiB)";
  }
}
