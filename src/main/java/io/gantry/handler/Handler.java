package io.gantry.handler;

import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.BlockRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A handler whose binary has been found: all that is needed to make its driver.
 *
 * @param binary an absolute path
 * @param blockRoot where roots are block devices
 */
public record Handler(
    String name,
    HandlerConfig.Driver driver,
    Path binary,
    List<String> options,
    Map<String, Boolean> quirks,
    AnnotationRule annotations,
    Optional<BlockRoot> blockRoot) {
  public Handler {
    options = List.copyOf(options);
    quirks = Map.copyOf(quirks);
  }

  /** Whose roots are directories. */
  public Handler(
      String name,
      HandlerConfig.Driver driver,
      Path binary,
      List<String> options,
      Map<String, Boolean> quirks,
      AnnotationRule annotations) {
    this(name, driver, binary, options, quirks, annotations, Optional.empty());
  }
}
