package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The command line itself, without a daemon. */
class GantryCommandTest {
  @Test
  void eachCommandHasTheNameByWhichItIsFound() {
    GantryCommand.line()
        .getSubcommands()
        .forEach(
            (name, line) -> {
              assertThat(line.getCommandSpec().name()).isEqualTo(name);
              assertThat(help(GantryCommand.line(name).getSubcommands().get(name)))
                  .as("made alone or with all others")
                  .isEqualTo(help(line));
            });
  }

  @Test
  void eachShowsItsHelpAndDoesNothing() {
    for (var name : GantryCommand.line().getSubcommands().keySet()) {
      var line = GantryCommand.line(name);
      var out = new StringWriter();
      line.setOut(new PrintWriter(out));
      assertThat(line.execute(name, "--help")).as(name).isZero();
      assertThat(out.toString()).as(name).contains("Usage: gantry " + name);
    }
  }

  @Test
  void itsHelpNamesAllOfThemAndLeadsToWhy() {
    // When
    var help = help(GantryCommand.line("--help"));

    // Then
    assertThat(help)
        .contains("A pod does not start? gantry why POD", "Exit codes: 0 done")
        .contains(GantryCommand.line().getSubcommands().keySet());
    assertThat(GantryCommand.line("ps").getSubcommands()).containsOnlyKeys("ps");
    assertThat(GantryCommand.line("help").getSubcommands()).containsKeys("ps", "why", "ui");
  }

  private static String help(CommandLine line) {
    var text = new StringWriter();
    line.usage(new PrintWriter(text));
    return text.toString();
  }
}
