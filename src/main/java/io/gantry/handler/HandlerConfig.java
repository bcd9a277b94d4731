package io.gantry.handler;

import io.gantry.runtime.AnnotationRule;
import java.util.List;
import java.util.Map;

/**
 * One handler, as configured.
 *
 * @param binary a path, or a bare name that is looked for in {@link HandlersConfig#path}
 * @param options global options of the binary
 * @param quirks what this runtime needs that others do not, by name; the driver knows the names
 * @param annotations what of a request's annotations the runtime is told
 */
public record HandlerConfig(
    Driver driver,
    String binary,
    List<String> options,
    Map<String, Boolean> quirks,
    AnnotationRule annotations) {

  /** How a handler's runtime is driven. */
  public enum Driver {
    /** An OCI command line, with a monitor for each container. */
    OCI,
    /** A containerd shim of version 2. */
    SHIM
  }

  public HandlerConfig {
    options = List.copyOf(options);
    quirks = Map.copyOf(quirks);
  }

  /** An OCI command line without options. */
  public static HandlerConfig oci(String binary) {
    return new HandlerConfig(Driver.OCI, binary, List.of(), Map.of(), AnnotationRule.NONE);
  }
}
