package io.gantry.streaming;

import io.gantry.errors.RuntimeFault;
import java.util.List;

/** A command to run in a container, and which of its streams somebody wants. */
public record ExecRequest(
    List<String> command, boolean tty, boolean stdin, boolean stdout, boolean stderr) {
  public ExecRequest {
    command = List.copyOf(command);
    if (command.isEmpty()) {
      throw RuntimeFault.invalid("exec command: none (expected: a program and its arguments)");
    }
    Wanted.check("exec", tty, stdin, stdout, stderr);
  }
}
