package io.gantry.container;

import io.gantry.container.ContainerConfig.Variable;
import io.gantry.errors.RuntimeFault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The environment of a process: the last word on a variable counts. A value may be any text, line
 * breaks included, but for the byte 0, which would end it early in whatever reads it next. Pure.
 */
final class Environment {
  private final Map<String, String> variables = new LinkedHashMap<>();

  Environment set(String name, String value) {
    variables.put(name, value);
    return this;
  }

  Environment setIfAbsent(String name, String value) {
    variables.putIfAbsent(name, value);
    return this;
  }

  /** What an image says, {@code name=value} each; one without a name is passed over. */
  Environment ofImage(List<String> lines) {
    for (var line : lines) {
      var equals = line.indexOf('=');
      if (equals > 0) {
        checkEnd("image environment", line);
        set(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return this;
  }

  Environment asked(List<Variable> asked) {
    for (var variable : asked) {
      if (variable.name().isEmpty() || variable.name().indexOf('=') >= 0) {
        throw RuntimeFault.invalid(
            "environment variable: '" + variable.name() + "' (expected: a name without =)");
      }
      checkEnd("environment variable", variable.name());
      checkEnd("environment variable " + variable.name(), variable.value());
      set(variable.name(), variable.value());
    }
    return this;
  }

  /**
   * Refuses a text with the byte 0 in it: C ends there.
   *
   * @param what names it in the fault
   */
  static void checkEnd(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw RuntimeFault.invalid(what + ": holds the byte 0 (expected: text)");
    }
  }

  List<String> lines() {
    return variables.entrySet().stream().map(it -> it.getKey() + "=" + it.getValue()).toList();
  }
}
