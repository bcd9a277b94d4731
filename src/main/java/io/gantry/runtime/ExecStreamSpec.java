package io.gantry.runtime;

import java.util.List;

/**
 * A command in a container whose streams somebody wants.
 *
 * @param terminal whether it gets a terminal; then its errors come with its output
 * @param stdin whether it has an input; without, that is at its end at once
 * @param stdout whether its output is wanted; it is read in any case
 * @param stderr whether its errors are wanted; they are read in any case
 */
public record ExecStreamSpec(
    List<String> command, boolean terminal, boolean stdin, boolean stdout, boolean stderr) {
  public ExecStreamSpec {
    command = List.copyOf(command);
  }
}
