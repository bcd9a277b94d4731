package io.gantry.app;

import io.gantry.errors.RuntimeFault;
import io.gantry.handler.HandlerStatus;
import io.gantry.handler.Handlers;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.Overhead;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.Runtimes;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The handlers as the capabilities see them: names and what runs behind them. */
record HandlerRuntimes(Handlers probed, CgroupDriver cgroupDriver) implements Runtimes {

  @Override
  public String handler(String requested) {
    return status(requested).orElseThrow(() -> unknown(requested)).name();
  }

  /** Of the default for {@code ""}. */
  private Optional<HandlerStatus> status(String requested) {
    return probed.all().stream()
        .filter(it -> requested.isEmpty() ? it.isDefault() : it.name().equals(requested))
        .findFirst();
  }

  @Override
  public PodRuntime ready(String handler) {
    status(handler)
        .flatMap(HandlerStatus::fault)
        .ifPresent(
            fault -> {
              throw broken(handler, fault);
            });
    return runtime(handler);
  }

  @Override
  public PodRuntime runtime(String handler) {
    return probed
        .made(handler)
        .orElseThrow(
            () ->
                status(handler)
                    .flatMap(HandlerStatus::fault)
                    .map(fault -> broken(handler, fault))
                    .orElseGet(() -> unknown(handler)));
  }

  @Override
  public AnnotationRule annotations(String handler) {
    return status(handler).map(HandlerStatus::annotations).orElse(AnnotationRule.NONE);
  }

  @Override
  public Overhead overhead(String handler) {
    return status(handler).map(HandlerStatus::overhead).orElse(Overhead.NONE);
  }

  @Override
  public Set<String> handlers() {
    return probed.all().stream()
        .filter(status -> status.fault().isEmpty())
        .map(HandlerStatus::name)
        .collect(Collectors.toCollection(TreeSet::new));
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
            + String.join(", ", probed.all().stream().map(HandlerStatus::name).sorted().toList())
            + ")");
  }
}
