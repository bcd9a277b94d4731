package io.gantry.runtime;

import io.gantry.errors.RuntimeFault;
import java.util.Set;
import java.util.function.Function;

/** One handler, {@code fake}, which is the default. */
public record FakeRuntimes(
    FakeRuntime only, CgroupDriver cgroupDriver, Function<String, Overhead> overheads)
    implements Runtimes {
  public static final String NAME = "fake";

  public FakeRuntimes(FakeRuntime only) {
    this(only, CgroupDriver.CGROUPFS);
  }

  public FakeRuntimes(FakeRuntime only, CgroupDriver cgroupDriver) {
    this(only, cgroupDriver, _ -> Overhead.NONE);
  }

  @Override
  public Overhead overhead(String handler) {
    return overheads.apply(handler);
  }

  @Override
  public String handler(String requested) {
    if (!requested.isEmpty() && !requested.equals(NAME)) {
      throw RuntimeFault.invalid("runtime handler: '" + requested + "' (expected: fake)");
    }
    return NAME;
  }

  @Override
  public PodRuntime ready(String handler) {
    return only;
  }

  @Override
  public PodRuntime runtime(String handler) {
    return only;
  }

  @Override
  public AnnotationRule annotations(String handler) {
    return AnnotationRule.NONE;
  }

  @Override
  public Set<String> handlers() {
    return Set.of(NAME);
  }
}
