package io.gantry.runtime;

import io.gantry.errors.RuntimeFault;
import java.util.Set;

/** One handler, {@code fake}, which is the default. */
public record FakeRuntimes(FakeRuntime only, CgroupDriver cgroupDriver) implements Runtimes {
  public static final String NAME = "fake";

  public FakeRuntimes(FakeRuntime only) {
    this(only, CgroupDriver.CGROUPFS);
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
