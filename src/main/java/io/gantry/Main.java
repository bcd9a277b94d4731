package io.gantry;

import io.gantry.app.Daemon;
import io.gantry.cli.GantryCommand;
import java.util.Arrays;

/** Where the process begins. */
public final class Main {
  /** What the launcher of the command says first; the daemon's says nothing. */
  private static final String COMMAND = "cli";

  private Main() {}

  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals(COMMAND)) {
      var code = GantryCommand.run(Arrays.copyOfRange(arguments, 1, arguments.length));
      System.out.flush();
      Runtime.getRuntime().halt(code); // an exit would have a logger looked for in every jar
    }
    System.exit(Daemon.run(arguments));
  }
}
