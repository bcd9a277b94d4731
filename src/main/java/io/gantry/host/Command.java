package io.gantry.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A program to spawn. It gets exactly the descriptors named here and none besides, a clean signal
 * mask, default dispositions and a session of its own.
 *
 * @param program an absolute path
 * @param arguments without the program's own name
 * @param environment all of it: nothing is inherited
 * @param directory where it starts
 * @param descriptors what its descriptors 0, 1, 2 and up are; 0 to 2 are {@code /dev/null} unless
 *     named
 * @param limits what it must not inherit from the daemon
 * @param hidden mounts that it must not see: it runs in a copy of the mount namespace without them
 * @param sealed a program that is executed from a copy which nobody can write to, be it this one or
 *     one of the arguments; the file itself is, where that cannot be done
 * @param share of memory for its captured output; empty for as much as the capture allows
 */
public record Command(
    Path program,
    List<String> arguments,
    Map<String, String> environment,
    Path directory,
    Map<Integer, Io> descriptors,
    Limits limits,
    Set<Path> hidden,
    Optional<Path> sealed,
    Optional<OutputBudget.Share> share) {

  /** What a descriptor of the child is connected to. */
  public enum Io {
    /** {@code /dev/null}. */
    NOTHING,
    /** A pipe that the child reads; the daemon holds the other end, see {@link Child#writing}. */
    CHILD_READS,
    /** A pipe that the child writes; the daemon holds the other end, see {@link Child#reading}. */
    CHILD_WRITES
  }

  /**
   * Limits set explicitly. Empty: as the daemon's own were when it started.
   *
   * @param oomScoreAdj −1000 to 1000; clamped to what this process may set
   * @param openFiles soft and hard RLIMIT_NOFILE
   */
  public record Limits(OptionalInt oomScoreAdj, OptionalLong openFiles) {
    public static final Limits INHERITED = new Limits(OptionalInt.empty(), OptionalLong.empty());
  }

  public Command {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    descriptors = Map.copyOf(descriptors);
    hidden = Set.copyOf(hidden);
  }

  /** A command with standard output and error captured, nothing on standard input. */
  public static Command of(Path program, List<String> arguments) {
    return new Command(
        program,
        arguments,
        Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TZ", "UTC"),
        Path.of("/"),
        Map.of(0, Io.NOTHING, 1, Io.CHILD_WRITES, 2, Io.CHILD_WRITES),
        Limits.INHERITED,
        Set.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** For people: the program and its verb, if it has one. */
  String title() {
    var verb = arguments.stream().filter(argument -> !argument.startsWith("-")).findFirst();
    return program.getFileName() + verb.map(word -> " " + word).orElse("");
  }

  public Command with(Map<String, String> environment) {
    return new Command(
        program, arguments, environment, directory, descriptors, limits, hidden, sealed, share);
  }

  public Command in(Path directory) {
    return new Command(
        program, arguments, environment, directory, descriptors, limits, hidden, sealed, share);
  }

  public Command connecting(Map<Integer, Io> descriptors) {
    return new Command(
        program, arguments, environment, directory, descriptors, limits, hidden, sealed, share);
  }

  public Command limited(Limits limits) {
    return new Command(
        program, arguments, environment, directory, descriptors, limits, hidden, sealed, share);
  }

  public Command hiding(Set<Path> hidden) {
    return new Command(
        program, arguments, environment, directory, descriptors, limits, hidden, sealed, share);
  }

  public Command sealing(Path sealed) {
    return new Command(
        program,
        arguments,
        environment,
        directory,
        descriptors,
        limits,
        hidden,
        Optional.of(sealed),
        share);
  }

  /** Its captured output counts to this share. */
  public Command within(OutputBudget.Share share) {
    return new Command(
        program,
        arguments,
        environment,
        directory,
        descriptors,
        limits,
        hidden,
        sealed,
        Optional.of(share));
  }
}
