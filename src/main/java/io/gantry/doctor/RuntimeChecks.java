package io.gantry.doctor;

import io.gantry.call.Call;
import io.gantry.handler.HandlerStatus;
import io.gantry.handler.HandlersConfig;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.gantry.runtime.Features;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The programs that run containers. */
final class RuntimeChecks {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int OUTPUT_BYTES_MAX = 64 << 10;

  private final Host host;
  private final Supplier<Future<List<HandlerStatus>>> handlers;

  RuntimeChecks(Host host, Supplier<Future<List<HandlerStatus>>> handlers) {
    this.host = host;
    this.handlers = handlers;
  }

  Future<List<Finding>> all(Call call) {
    return Future.all(handlers(), conmon(call), host.disk().run(this::catatonit))
        .map(
            found ->
                Stream.concat(
                        found.<List<Finding>>resultAt(0).stream(),
                        Stream.<Finding>of(found.resultAt(1), found.resultAt(2)))
                    .toList());
  }

  private Future<List<Finding>> handlers() {
    return handlers
        .get()
        .map(all -> all.stream().map(RuntimeChecks::handler).toList())
        .otherwise(
            cause ->
                List.of(
                    Finding.broken(
                        "runtime",
                        String.valueOf(cause.getMessage()),
                        "an OCI runtime makes containers",
                        "install crun or runc, or name one under handlers")));
  }

  private static Finding handler(HandlerStatus status) {
    var check = "runtime " + status.name();
    var why =
        status.isDefault()
            ? "pods without a RuntimeClass run under it"
            : "pods whose RuntimeClass names it run under it";
    var fix = "mend what is said here and restart gantryd; gantry handlers shows what it uses";
    return status
        .fault()
        .map(
            fault ->
                status.isDefault()
                    ? Finding.broken(check, String.valueOf(fault.getMessage()), why, fix)
                    : Finding.warning(check, String.valueOf(fault.getMessage()), why, fix))
        .orElseGet(
            () -> Finding.ok(check, status.features().map(Features::version).orElse(""), why));
  }

  private Future<Finding> conmon(Call call) {
    var why = "a conmon for each container holds its output and its exit code";
    return host.disk()
        .run(() -> found("conmon"))
        .compose(
            there ->
                there
                    .map(
                        program ->
                            version(call, program).map(said -> Finding.ok("conmon", said, why)))
                    .orElseGet(
                        () ->
                            Future.succeededFuture(
                                Finding.broken(
                                    "conmon", "not found", why, "install the package conmon"))))
        .otherwise(
            cause ->
                Finding.broken(
                    "conmon",
                    String.valueOf(cause.getMessage()),
                    why,
                    "install the package conmon anew"));
  }

  private Future<String> version(Call call, Path program) {
    return host.processes()
        .run(
            call.within(PATIENCE),
            Command.of(program, List.of("--version")),
            Buffer.buffer(),
            OUTPUT_BYTES_MAX)
        .map(
            output ->
                output
                    .stdout()
                    .toString()
                    .lines()
                    .findFirst()
                    .orElse("")
                    .replace(" version ", " "));
  }

  private Finding catatonit() {
    var why = "it is process 1 of pods with shareProcessNamespace";
    return found("catatonit")
        .map(it -> Finding.ok("catatonit", it.toString(), why))
        .orElseGet(
            () ->
                Finding.warning(
                    "catatonit",
                    "not found",
                    why + ", which are refused",
                    "install the package catatonit"));
  }

  private static Optional<Path> found(String program) {
    return HandlersConfig.USUAL_PATH.stream()
        .map(directory -> directory.resolve(program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
