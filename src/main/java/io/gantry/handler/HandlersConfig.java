package io.gantry.handler;

import io.gantry.errors.RuntimeFault;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The handlers of a node.
 *
 * @param defaultName which one {@code ""} is; {@code ""} takes the first discovered, or the only
 *     one configured
 * @param handlers by their names; empty discovers what the host has
 * @param dropIns those that come on top of either, by their names
 * @param path where bare names of binaries are looked for, in this order
 */
public record HandlersConfig(
    String defaultName,
    Map<String, HandlerConfig> handlers,
    Map<String, HandlerConfig> dropIns,
    List<Path> path) {

  /** The usual places. */
  public static final List<Path> USUAL_PATH =
      List.of(
          Path.of("/usr/local/sbin"),
          Path.of("/usr/local/bin"),
          Path.of("/usr/sbin"),
          Path.of("/usr/bin"),
          Path.of("/sbin"),
          Path.of("/bin"));

  /** Whatever the host has, in the usual places. */
  public static final HandlersConfig DISCOVERED = new HandlersConfig("", Map.of(), USUAL_PATH);

  /** Without drop-ins. */
  public HandlersConfig(String defaultName, Map<String, HandlerConfig> handlers, List<Path> path) {
    this(defaultName, handlers, Map.of(), path);
  }

  public HandlersConfig {
    handlers = Map.copyOf(handlers);
    dropIns = Map.copyOf(dropIns);
    path = List.copyOf(path);
    handlers.keySet().forEach(HandlersConfig::check);
    dropIns.keySet().forEach(HandlersConfig::check);
    for (var name : dropIns.keySet()) {
      if (handlers.containsKey(name)) {
        throw RuntimeFault.invalid(
            "runtime handler: '" + name + "' twice (expected: in one of the two files)");
      }
    }
    if (!defaultName.isEmpty()
        && !handlers.isEmpty()
        && !handlers.containsKey(defaultName)
        && !dropIns.containsKey(defaultName)) {
      throw RuntimeFault.invalid(
          "default runtime handler: '"
              + defaultName
              + "' (expected: one of "
              + String.join(", ", handlers.keySet().stream().sorted().toList())
              + ")");
    }
    if (defaultName.isEmpty() && handlers.size() > 1) {
      throw RuntimeFault.invalid(
          "default runtime handler: '' (expected: a name, where several are configured)");
    }
  }

  /** As Kubernetes has it: a handler is a DNS label. */
  private static void check(String name) {
    if (!name.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")) {
      throw RuntimeFault.invalid(
          "runtime handler: '" + name + "' (expected: a name of a-z, 0-9 and -, at most 63)");
    }
  }
}
