package io.gantry.security;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * AppArmor as the kernel shows it: whether it is on, and the profiles that are loaded. The default
 * profile is ours; apparmor_parser(8) of the host compiles and loads it.
 */
final class AppArmor {
  /** As other runtimes name theirs: it shows in the kernel's log of what was denied. */
  static final String DEFAULT = "gantry-default";

  private static final Logger LOG = LoggerFactory.getLogger(AppArmor.class);
  private static final String ENABLED = "sys/module/apparmor/parameters/enabled";
  private static final String LOADED = "sys/kernel/security/apparmor/profiles";
  private static final String TEXT = "apparmor-default";
  private static final String PARSER = "apparmor_parser";
  private static final List<String> FOLDERS = List.of("usr/sbin", "sbin", "usr/bin");
  private static final int COMPLAINT_BYTES_MAX = 4096;

  private final Host host;
  private final Path loaded;
  private final boolean enabled;
  private final Optional<Path> parser;
  private final Buffer text;

  private AppArmor(Host host, Path loaded, boolean enabled, Optional<Path> parser, Buffer text) {
    this.host = host;
    this.loaded = loaded;
    this.enabled = enabled;
    this.parser = parser;
    this.text = text;
  }

  /** Blocks: run it on the disk pool. */
  static AppArmor on(Host host, Path root) throws IOException {
    var switched = root.resolve(ENABLED);
    var loaded = root.resolve(LOADED);
    return new AppArmor(
        host,
        loaded,
        // without securityfs (in a container, say) there is nothing to load and nothing to look up
        Files.exists(loaded)
            && Files.exists(switched)
            && Files.readString(switched).startsWith("Y"),
        FOLDERS.stream()
            .map(folder -> root.resolve(folder).resolve(PARSER))
            .filter(Files::isExecutable)
            .findFirst(),
        text());
  }

  private static Buffer text() throws IOException {
    try (var resource = AppArmor.class.getResourceAsStream(TEXT)) {
      if (resource == null) {
        throw new IOException(TEXT + " is not in this build");
      }
      return Buffer.buffer(resource.readAllBytes());
    }
  }

  /** Loads the default profile, in place of one that an older version loaded. */
  Future<Void> prepare(Call call) {
    if (!enabled) {
      return Future.succeededFuture();
    }
    if (parser.isEmpty()) {
      LOG.warn("{}: missing, so containers have no AppArmor profile by default", PARSER);
      return Future.succeededFuture();
    }
    return load(call)
        .recover(
            cause -> {
              LOG.atWarn()
                  .addKeyValue("error", cause.getMessage())
                  .log("no default AppArmor profile");
              return Future.succeededFuture();
            });
  }

  /**
   * The name of the profile that a process is to have; empty for none.
   *
   * @param asked empty for the default where there is one
   */
  Future<Optional<String>> profile(Call call, Optional<Profile> asked) {
    var wanted =
        asked.orElse(enabled && parser.isPresent() ? Profile.RUNTIME_DEFAULT : Profile.UNCONFINED);
    if (wanted.kind() == Profile.Kind.UNCONFINED) {
      return Future.succeededFuture(Optional.empty());
    }
    if (!enabled) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "apparmor profile: this host has no AppArmor (expected: unconfined, or AppArmor"
                  + " enabled in the kernel)"));
    }
    return host.disk()
        .run(this::loadedNames)
        .compose(
            names ->
                wanted.kind() == Profile.Kind.LOCALHOST
                    ? there(names, wanted.reference())
                    : byDefault(call, names));
  }

  private static Future<Optional<String>> there(Set<String> names, String name) {
    return names.contains(name)
        ? Future.succeededFuture(Optional.of(name))
        : Future.failedFuture(
            RuntimeFault.precondition(
                "apparmor profile: '" + name + "' (expected: one that is loaded in the kernel)"));
  }

  /** What unloads all that it does not know may have unloaded it. */
  private Future<Optional<String>> byDefault(Call call, Set<String> names) {
    return names.contains(DEFAULT)
        ? Future.succeededFuture(Optional.of(DEFAULT))
        : load(call).map(Optional.of(DEFAULT));
  }

  /** Lines such as {@code name (enforce)}. */
  private Set<String> loadedNames() throws IOException {
    return Files.readAllLines(loaded).stream()
        .map(line -> line.lastIndexOf(" (") < 0 ? line : line.substring(0, line.lastIndexOf(" (")))
        .collect(Collectors.toUnmodifiableSet());
  }

  private Future<Void> load(Call call) {
    if (parser.isEmpty()) {
      return Future.failedFuture(
          RuntimeFault.precondition(PARSER + ": missing (expected: installed)"));
    }
    return host.processes()
        .run(
            call,
            Command.of(parser.get(), List.of("--replace", "--skip-cache")),
            text,
            COMPLAINT_BYTES_MAX)
        .compose(AppArmor::checked);
  }

  private static Future<Void> checked(Output output) {
    return output.exitCode() == 0
        ? Future.succeededFuture()
        : Future.failedFuture(
            RuntimeFault.precondition(
                PARSER
                    + ": exit code "
                    + output.exitCode()
                    + ": "
                    + output.stderr().toString().strip()
                    + " (expected: the default profile loaded)"));
  }
}
