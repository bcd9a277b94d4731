package io.gantry.handler;

import io.gantry.runtime.AnnotationRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A handler whose binary has been found: all that is needed to make its driver.
 *
 * @param binary an absolute path
 */
public record Handler(
    String name,
    HandlerConfig.Driver driver,
    Path binary,
    List<String> options,
    Map<String, Boolean> quirks,
    AnnotationRule annotations) {
  public Handler {
    options = List.copyOf(options);
    quirks = Map.copyOf(quirks);
  }
}
