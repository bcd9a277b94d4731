package io.gantry.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The help of every command, word for word. */
class GoldenHelpTest {
  @Test
  void theHelpOfEachCommandIsAsItIsCommitted() throws Exception {
    var gantry = GantryCommand.line();
    Golden.holds("help/gantry", help(gantry));
    for (var command : gantry.getSubcommands().entrySet()) {
      Golden.holds("help/" + command.getKey(), help(command.getValue()));
      for (var below : command.getValue().getSubcommands().entrySet()) {
        var name = command.getKey() + "-" + below.getKey();
        Golden.holds("help/" + name.toLowerCase(Locale.ROOT), help(below.getValue()));
      }
    }
  }

  private static String help(CommandLine line) {
    var text = new StringWriter();
    line.usage(new PrintWriter(text), CommandLine.Help.Ansi.OFF);
    return text.toString();
  }
}
