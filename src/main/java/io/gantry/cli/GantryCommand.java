package io.gantry.cli;

import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    footer = {
      "",
      "A pod does not start? gantry why POD says what it waits for or failed with, and what to do.",
      "No pod starts? gantry doctor says what this node lacks; gantryd doctor, if no daemon runs.",
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

  /** Those that speak of all. */
  private static final Set<String> WHOLE = Set.of("help", "generate-completion");

  /** All commands, in the order in which they are shown. */
  private static final List<String> NAMES =
      List.of(
          "why",
          "doctor",
          "ps",
          "pods",
          "images",
          "logs",
          "events",
          "stats",
          "inspect",
          "exec",
          "attach",
          "run",
          "port-forward",
          "pull",
          "stop",
          "pause",
          "unpause",
          "rm",
          "rmi",
          "operations",
          "cancel",
          "prune",
          "import",
          "export",
          "drain",
          "undrain",
          "handlers",
          "networks",
          "config",
          "token",
          "info",
          "ui",
          "generate-completion",
          "help");

  /** Only what is asked for is made: to make all takes longer than what one of them does. */
  private static Object command(String name) {
    return switch (name) {
      case "why" -> new Looks.Why();
      case "doctor" -> new Looks.Doctor();
      case "ps" -> new Lists.Ps();
      case "pods" -> new Lists.Pods();
      case "images" -> new Lists.Images();
      case "logs" -> new Looks.Logs();
      case "events" -> new Looks.Events();
      case "stats" -> new Looks.Stats();
      case "inspect" -> new Looks.Inspect();
      case "exec" -> new Processes.Exec();
      case "attach" -> new Processes.Attach();
      case "run" -> new Processes.Run();
      case "port-forward" -> new PortForward();
      case "pull" -> new Actions.Pull();
      case "stop" -> new Actions.Stop();
      case "pause" -> new Actions.Pause();
      case "unpause" -> new Actions.Unpause();
      case "rm" -> new Actions.Rm();
      case "rmi" -> new Actions.Rmi();
      case "operations" -> new Lists.Operations();
      case "cancel" -> new Actions.Cancel();
      case "prune" -> new Housekeeping.Prune();
      case "import" -> new Housekeeping.Import();
      case "export" -> new Housekeeping.Export();
      case "drain" -> new Housekeeping.DrainNode();
      case "undrain" -> new Housekeeping.Undrain();
      case "handlers" -> new Lists.Handlers();
      case "networks" -> new Lists.Networks();
      case "config" -> new Lists.Config();
      case "token" -> new Tokens();
      case "info" -> new Looks.Info();
      case "ui" -> new Ui();
      case "generate-completion" -> new GenerateCompletion();
      case "help" -> new HelpCommand();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private GantryCommand() {}

  /** The command with all that it needs for these arguments. */
  static CommandLine line(String... arguments) {
    var gantry = new CommandLine(new GantryCommand());
    var first = arguments.length == 0 ? "" : arguments[0];
    var one = NAMES.contains(first) && !WHOLE.contains(first);
    for (var name : one ? List.of(first) : NAMES) {
      gantry.addSubcommand(name, command(name));
    }
    return gantry;
  }

  /** Runs the command; gives its exit code. */
  public static int run(String... arguments) {
    var gantry = line(arguments);
    for (var taking : List.of("exec", "run")) { // what follows the name is another program's
      Optional.ofNullable(gantry.getSubcommands().get(taking))
          .ifPresent(it -> it.setStopAtPositional(true));
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
