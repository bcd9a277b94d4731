package io.gantry.handler;

import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.BlockRoot;
import io.gantry.runtime.Overhead;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One handler, as configured.
 *
 * @param binary a path, or a bare name that is looked for in {@link HandlersConfig#path}
 * @param options global options of the binary; of a shim, what it is told with each container, as
 *     {@code name=value}
 * @param quirks what this runtime needs that others do not, by name; the driver knows the names
 * @param annotations what of a request's annotations the runtime is told
 * @param overhead of each pod beside its containers, where a request names none
 * @param blockRoot where roots are to be block devices, as only shims take them
 */
public record HandlerConfig(
    Driver driver,
    String binary,
    List<String> options,
    Map<String, Boolean> quirks,
    AnnotationRule annotations,
    Overhead overhead,
    Optional<BlockRoot> blockRoot) {

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

  /** Whose roots are directories. */
  public HandlerConfig(
      Driver driver,
      String binary,
      List<String> options,
      Map<String, Boolean> quirks,
      AnnotationRule annotations,
      Overhead overhead) {
    this(driver, binary, options, quirks, annotations, overhead, Optional.empty());
  }

  /** Whose pods take nothing besides, either. */
  public HandlerConfig(
      Driver driver,
      String binary,
      List<String> options,
      Map<String, Boolean> quirks,
      AnnotationRule annotations) {
    this(driver, binary, options, quirks, annotations, Overhead.NONE);
  }

  /**
   * The binary of a shim by the name that its runtime has in containerd: of {@code
   * io.containerd.runc.v2} it is {@code containerd-shim-runc-v2}.
   *
   * @param type dotted words; the last two are a name and a version
   * @throws RuntimeFault INVALID_ARGUMENT for anything else
   */
  public static String shimOf(String type) {
    var words = type.split("\\.", -1);
    if (words.length < 2 || !type.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+")) {
      throw RuntimeFault.invalid(
          "runtime type: '" + type + "' (expected: a name such as io.containerd.runc.v2)");
    }
    return "containerd-shim-" + words[words.length - 2] + "-" + words[words.length - 1];
  }

  /** An OCI command line without options. */
  public static HandlerConfig oci(String binary) {
    return new HandlerConfig(Driver.OCI, binary, List.of(), Map.of(), AnnotationRule.NONE);
  }
}
