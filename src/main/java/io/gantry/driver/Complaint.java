package io.gantry.driver;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Processes.Output;
import io.gantry.runtime.UnrunnableProgram;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an OCI runtime says when it refuses: plain lines (crun), logrus' {@code time=… level=error
 * msg="…"} (runc), or either's JSON log. The runtime's own words are the best a user can get.
 */
public final class Complaint {
  private static final Pattern LOGRUS =
      Pattern.compile(".*\\blevel=(\\w+) msg=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S+)).*");
  private static final int WORDS_CHARS_MAX = 2000;

  /** What programs in Rust end with: addresses that tell nobody anything. */
  private static final String BACKTRACE = "Stack backtrace:";

  private static final List<String> SCARCE =
      List.of(
          "no space left on device",
          "disk quota exceeded",
          "cannot allocate memory",
          "resource temporarily unavailable",
          "too many open files");
  private static final List<String> UNMET =
      List.of(
          "no such file or directory",
          "executable file",
          "not found in $path",
          "permission denied",
          "operation not permitted",
          "not a directory",
          "is a directory",
          "exec format error",
          "invalid argument",
          "stopped",
          "not running");

  /** Of crun, runc and youki, about the program or the directory that it is to run in. */
  private static final Pattern UNRUNNABLE =
      Pattern.compile(
          "executable (file )?.* not found|open executable|chdir |exec: \""
              + "|container init: mkdir [^:]*: not a directory");

  private Complaint() {}

  /**
   * What a program has said; what it complained of if its exit code was not 0.
   *
   * @param what the program, and what it was to do
   */
  public static Future<Output> unlessDone(String what, Output output) {
    return output.exitCode() == 0
        ? Future.succeededFuture(output)
        : Future.failedFuture(of(what, output.stderr().toString()));
  }

  /** {@code crun create: <its words>}, of the kind that the words tell. */
  public static RuntimeFault of(String what, String raw) {
    var words = words(raw);
    return new RuntimeFault(kind(words), what + ": " + words);
  }

  /**
   * The same of a {@code create}, with an {@link UnrunnableProgram} behind it if that is what it
   * says.
   *
   * @param command that was to be run: crun does not always name it
   */
  public static RuntimeFault ofCreate(String what, String raw, List<String> command) {
    var program = command.isEmpty() ? "" : command.getFirst();
    var words = words(raw).replace("open executable:", "open executable `" + program + "`:");
    var fault = new RuntimeFault(kind(words), what + ": " + words);
    return fault.kind() == Kind.FAILED_PRECONDITION && UNRUNNABLE.matcher(words).find()
        ? new RuntimeFault(fault.kind(), what + ": " + words, new UnrunnableProgram(words))
        : fault;
  }

  /** What a {@code create} failed by, with an {@link UnrunnableProgram} behind it if it is one. */
  public static RuntimeFault ofCreate(RuntimeFault fault) {
    var said = String.valueOf(fault.getMessage());
    return UNRUNNABLE.matcher(said).find()
        ? new RuntimeFault(Kind.FAILED_PRECONDITION, said, new UnrunnableProgram(said))
        : fault;
  }

  /** Whether a runtime's log holds an error at all. */
  public static boolean isOne(String log) {
    return log.lines()
        .filter(line -> !line.isBlank())
        .flatMap(Complaint::unwrapped)
        .findAny()
        .isPresent();
  }

  private static Kind kind(String words) {
    var lower = words.toLowerCase(Locale.ROOT);
    if (SCARCE.stream().anyMatch(lower::contains)) {
      return Kind.RESOURCE_EXHAUSTED;
    }
    if (lower.contains("container does not exist")) {
      return Kind.NOT_FOUND;
    }
    return UNMET.stream().anyMatch(lower::contains) ? Kind.FAILED_PRECONDITION : Kind.INTERNAL;
  }

  /** The errors among the lines, without their wrapping. */
  public static String words(String raw) {
    var words =
        raw.lines()
            .takeWhile(line -> !line.equals(BACKTRACE))
            .filter(line -> !line.isBlank())
            .flatMap(Complaint::unwrapped)
            .collect(Collectors.joining("; "));
    var shown = words.isEmpty() ? "no message" : words;
    return shown.length() <= WORDS_CHARS_MAX ? shown : shown.substring(0, WORDS_CHARS_MAX) + "…";
  }

  private static Stream<String> unwrapped(String line) {
    if (line.startsWith("{")) {
      return fromJson(line);
    }
    var logrus = LOGRUS.matcher(line);
    if (!logrus.matches()) {
      return Stream.of(line.strip());
    }
    var quoted = logrus.group(2);
    return isError(logrus.group(1))
        ? Stream.of(quoted == null ? logrus.group(3) : unescaped(quoted))
        : Stream.empty();
  }

  private static Stream<String> fromJson(String line) {
    try {
      var entry = Documents.JSON.readTree(line);
      return isError(entry.path("level").asText("error"))
          ? Stream.of(entry.path("msg").asText(line).strip())
          : Stream.empty();
    } catch (JsonProcessingException plain) {
      return Stream.of(line.strip());
    }
  }

  private static boolean isError(String level) {
    return !List.of("debug", "info", "warning", "warn").contains(level);
  }

  private static String unescaped(String quoted) {
    return quoted.replace("\\\"", "\"").replace("\\n", " ").replace("\\\\", "\\").strip();
  }
}
