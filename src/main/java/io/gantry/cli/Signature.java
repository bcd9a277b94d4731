package io.gantry.cli;

import java.util.List;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What a command is called, what it takes and what its help says. Declared by calls: to read
 * annotations takes picocli longer than all else that a list does.
 */
final class Signature {
  private final CommandSpec spec;

  /**
   * @param command what is run, if it is a {@code Runnable} or a {@code Callable}
   * @param description the lines of its help
   */
  Signature(Object command, String name, String... description) {
    spec = CommandSpec.wrapWithoutInspection(command).name(name);
    spec.versionProvider(new GantryCommand.VersionText());
    spec.usageMessage().description(description);
  }

  /** What was given for an option or a parameter; otherwise what stands for it. */
  record Given<T>(ArgSpec argument, T otherwise) {
    T get() {
      T given = argument.getValue();
      return given == null ? otherwise : given;
    }
  }

  CommandSpec spec() {
    return spec;
  }

  /** All that was declared, and last what every command takes; to be asked for once. */
  CommandSpec whole() {
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .description("Show this help message and exit.")
            .build());
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Print version information and exit.")
            .build());
    return spec;
  }

  /** Commands below this one, by their names. */
  void takes(List<CommandSpec> commands) {
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    commands.forEach(command -> spec.addSubcommand(command.name(), command));
  }

  /** The lines below the options. */
  void footer(String... lines) {
    spec.usageMessage().footer(lines);
  }

  /**
   * @param names as the help shows them: {@code -a, --all}
   */
  Given<Boolean> flag(String names, String description) {
    return option(OptionSpec.builder(names.split(", ")).type(boolean.class), description, false);
  }

  Given<String> option(String names, String description) {
    return option(names, "", description);
  }

  /**
   * @param names as the help shows them: {@code -o, --output=FORM}
   * @param otherwise the value without it; {@code ${…}} is picocli's
   */
  Given<String> option(String names, String otherwise, String description) {
    return option(names, String.class, otherwise, description);
  }

  <T> Given<T> option(String names, Class<T> type, T otherwise, String description) {
    return option(
        valued(names).type(type).defaultValue(String.valueOf(otherwise)), description, otherwise);
  }

  /** May be given several times. */
  Given<List<String>> options(String names, String description) {
    return option(
        valued(names).type(List.class).auxiliaryTypes(String.class), description, List.of());
  }

  /** Is asked for on the terminal if it is given without a value. */
  Given<char[]> secret(String names, String description) {
    return option(
        valued(names).type(char[].class).arity("0..1").interactive(true), description, new char[0]);
  }

  private static OptionSpec.Builder valued(String names) {
    var label = names.indexOf('=');
    return OptionSpec.builder(names.substring(0, label).split(", "))
        .paramLabel(names.substring(label + 1));
  }

  private <T> Given<T> option(OptionSpec.Builder option, String description, T otherwise) {
    var built = option.description(description).build();
    spec.addOption(built);
    return new Given<>(built, otherwise);
  }

  Given<String> parameter(String label, String... description) {
    return parameter(one(label, String.class), description, "");
  }

  Given<String> optionalParameter(String label, String... description) {
    return parameter(
        one(label, String.class).arity("0..1").required(false).defaultValue(""), description, "");
  }

  Given<Long> numberParameter(String label, String... description) {
    return parameter(one(label, long.class), description, 0L);
  }

  /** All that follow. */
  Given<List<String>> parameters(String arity, String label, String... description) {
    var all = PositionalParamSpec.builder().type(List.class).auxiliaryTypes(String.class);
    all.index(next() + "..*").arity(arity).required(arity.startsWith("1"));
    return parameter(all.paramLabel(label), description, List.of());
  }

  private PositionalParamSpec.Builder one(String label, Class<?> type) {
    return PositionalParamSpec.builder()
        .type(type)
        .index(next())
        .arity("1")
        .required(true)
        .paramLabel(label);
  }

  private String next() {
    return String.valueOf(spec.positionalParameters().size());
  }

  private <T> Given<T> parameter(
      PositionalParamSpec.Builder parameter, String[] description, T otherwise) {
    var built = parameter.description(description).build();
    spec.addPositional(built);
    return new Given<>(built, otherwise);
  }
}
