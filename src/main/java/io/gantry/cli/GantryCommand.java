package io.gantry.cli;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;

/** {@code gantry}: all its commands. */
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
  private static CommandSpec command(String name) {
    return switch (name) {
      case "why" -> new Looks.Why().command();
      case "doctor" -> new Looks.Doctor().command();
      case "ps" -> new Lists.Ps().command();
      case "pods" -> new Lists.Pods().command();
      case "images" -> new Lists.Images().command();
      case "logs" -> new Looks.Logs().command();
      case "events" -> new Looks.Events().command();
      case "stats" -> new Looks.Stats().command();
      case "inspect" -> new Looks.Inspect().command();
      case "exec" -> new Processes.Exec().command();
      case "attach" -> new Processes.Attach().command();
      case "run" -> new Processes.Run().command();
      case "port-forward" -> new PortForward().command();
      case "pull" -> new Actions.Pull().command();
      case "stop" -> new Actions.Stop().command();
      case "pause" -> new Actions.Pause().command();
      case "unpause" -> new Actions.Unpause().command();
      case "rm" -> new Actions.Rm().command();
      case "rmi" -> new Actions.Rmi().command();
      case "operations" -> new Lists.Operations().command();
      case "cancel" -> new Actions.Cancel().command();
      case "prune" -> new Housekeeping.Prune().command();
      case "import" -> new Housekeeping.Import().command();
      case "export" -> new Housekeeping.Export().command();
      case "drain" -> new Housekeeping.DrainNode().command();
      case "undrain" -> new Housekeeping.Undrain().command();
      case "handlers" -> new Lists.Handlers().command();
      case "networks" -> new Lists.Networks().command();
      case "config" -> new Lists.Config().command();
      case "token" -> Tokens.group();
      case "info" -> new Looks.Info().command();
      case "ui" -> new Ui().command();
      case "generate-completion" -> CommandSpec.forAnnotatedObject(new GenerateCompletion());
      case "help" -> CommandSpec.forAnnotatedObject(new HelpCommand());
      default -> throw new IllegalArgumentException(name);
    };
  }

  private GantryCommand() {}

  private static CommandSpec whole() {
    var gantry =
        new Signature(new GantryCommand(), "gantry", "Asks and tells the Gantry of this node.");
    gantry.footer(
        "",
        "A pod does not start? gantry why POD says what it waits for or failed with, and what to"
            + " do.",
        "No pod starts? gantry doctor says what this node lacks; gantryd doctor, if no daemon"
            + " runs.",
        "Exit codes: 0 done, 1 the daemon says no, 2 wrong usage, 3 the daemon does not answer,"
            + " 4 the doctor finds something broken.");
    gantry.takes(List.of());
    return gantry.whole();
  }

  /** The command with all that it needs for these arguments. */
  static CommandLine line(String... arguments) {
    var gantry = new CommandLine(whole());
    var first = arguments.length == 0 ? "" : arguments[0];
    var one = NAMES.contains(first) && !WHOLE.contains(first);
    for (var name : one ? List.of(first) : NAMES) {
      gantry.addSubcommand(name, command(name));
    }
    return gantry;
  }

  /** Runs the command; gives its exit code. */
  public static int run(String... arguments) {
    Thread.ofPlatform().daemon().start(Route.OverSocket::prepare);
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
    line().usage(System.out);
  }
}
