package io.gantry.app;

import io.gantry.errors.RuntimeFault;
import io.gantry.handler.HandlerStatus;
import io.gantry.handler.Handlers;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.Runtimes;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The handlers as the capabilities see them: names and what runs behind them. */
final class HandlerRuntimes implements Runtimes {
  private final Map<String, HandlerStatus> statuses;
  private final Map<String, PodRuntime> working;
  private final CgroupDriver cgroupDriver;

  private HandlerRuntimes(
      Map<String, HandlerStatus> statuses,
      Map<String, PodRuntime> working,
      CgroupDriver cgroupDriver) {
    this.statuses = Map.copyOf(statuses);
    this.working = Map.copyOf(working);
    this.cgroupDriver = cgroupDriver;
  }

  static Future<Runtimes> of(Handlers handlers, CgroupDriver cgroupDriver) {
    var statuses =
        handlers.all().stream().collect(Collectors.toMap(HandlerStatus::name, status -> status));
    var working = new TreeMap<String, PodRuntime>();
    return Future.join(
            handlers.all().stream()
                .filter(status -> status.fault().isEmpty())
                .map(
                    status ->
                        handlers
                            .driver(status.name())
                            .onSuccess(driver -> working.put(status.name(), driver)))
                .toList())
        .map(_ -> new HandlerRuntimes(statuses, working, cgroupDriver));
  }

  @Override
  public String handler(String requested) {
    if (requested.isEmpty()) {
      return statuses.values().stream()
          .filter(HandlerStatus::isDefault)
          .map(HandlerStatus::name)
          .findFirst()
          .orElseThrow(() -> unknown(requested));
    }
    if (!statuses.containsKey(requested)) {
      throw unknown(requested);
    }
    return requested;
  }

  @Override
  public PodRuntime runtime(String handler) {
    var runtime = working.get(handler);
    if (runtime != null) {
      return runtime;
    }
    throw Optional.ofNullable(statuses.get(handler))
        .flatMap(HandlerStatus::fault)
        .map(fault -> broken(handler, fault))
        .orElseGet(() -> unknown(handler));
  }

  @Override
  public AnnotationRule annotations(String handler) {
    return Optional.ofNullable(statuses.get(handler))
        .map(HandlerStatus::annotations)
        .orElse(AnnotationRule.NONE);
  }

  @Override
  public Set<String> handlers() {
    return working.keySet();
  }

  @Override
  public CgroupDriver cgroupDriver() {
    return cgroupDriver;
  }

  private static RuntimeFault broken(String name, RuntimeFault fault) {
    return RuntimeFault.precondition(
        "runtime handler: " + name + " does not work on this host: " + fault.getMessage());
  }

  private RuntimeFault unknown(String name) {
    return RuntimeFault.invalid(
        "runtime handler: '"
            + name
            + "' (expected: one of "
            + String.join(", ", statuses.keySet().stream().sorted().toList())
            + ")");
  }
}
