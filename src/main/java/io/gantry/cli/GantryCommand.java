package io.gantry.cli;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;

/** {@code gantry}: all its commands. */
@Command(
    name = "gantry",
    mixinStandardHelpOptions = true,
    versionProvider = GantryCommand.VersionText.class,
    description = "Asks and tells the Gantry of this node.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      Looks.Why.class,
      Looks.Doctor.class,
      Lists.Ps.class,
      Lists.Pods.class,
      Lists.Images.class,
      Looks.Logs.class,
      Looks.Events.class,
      Looks.Stats.class,
      Looks.Inspect.class,
      Processes.Exec.class,
      Processes.Attach.class,
      Processes.Run.class,
      PortForward.class,
      Actions.Pull.class,
      Actions.Stop.class,
      Actions.Rm.class,
      Actions.Rmi.class,
      Lists.Operations.class,
      Actions.Cancel.class,
      Housekeeping.Prune.class,
      Housekeeping.Import.class,
      Housekeeping.Export.class,
      Housekeeping.DrainNode.class,
      Housekeeping.Undrain.class,
      Lists.Handlers.class,
      Lists.Config.class,
      Tokens.class,
      Looks.Info.class,
      GenerateCompletion.class,
      HelpCommand.class
    },
    footer = {
      "",
      "A pod does not start? gantry why POD says what it waits for or failed with, and what to do.",
      "Exit codes: 0 done, 1 the daemon says no, 2 wrong usage, 3 the daemon does not answer,"
          + " 4 the doctor finds something broken."
    })
public final class GantryCommand implements Runnable {
  /** What {@code --version} prints. */
  static final class VersionText implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "gantry "
            + Optional.ofNullable(GantryCommand.class.getPackage().getImplementationVersion())
                .orElse("development")
      };
    }
  }

  private GantryCommand() {}

  /** Runs the command; gives its exit code. */
  public static int run(String... arguments) {
    var gantry = new CommandLine(new GantryCommand());
    for (var taking : List.of("exec", "run")) { // what follows the name is another program's
      Objects.requireNonNull(gantry.getSubcommands().get(taking)).setStopAtPositional(true);
    }
    return gantry
        .setExecutionExceptionHandler(
            (thrown, line, _) -> {
              if (thrown instanceof Refused refused) {
                line.getErr().println("gantry: " + refused.getMessage());
                return refused.exitCode();
              }
              throw thrown;
            })
        .execute(arguments);
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
