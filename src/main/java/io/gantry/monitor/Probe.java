package io.gantry.monitor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.driver.Allowed;
import io.gantry.driver.Documents;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.gantry.runtime.Features;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a runtime says of itself, and what this host asks of it. */
final class Probe {
  /**
   * The answers.
   *
   * @param hidden mounts that the runtime must not see
   * @param detachedExec whether commands in containers are left behind by the runtime
   * @param ownKernel whether a pod's containers are processes of a kernel of its own
   * @param allowed what a container's process may be given
   */
  record Probed(
      Features features,
      Set<Path> hidden,
      boolean detachedExec,
      boolean ownKernel,
      Allowed allowed) {
    /** Whether created containers wait at a {@link StartGate}. */
    boolean gated() {
      return features.version().startsWith("runc 1.");
    }
  }

  private static final Pattern CRUN = Pattern.compile("crun ([1-9][0-9]{0,3})\\.([0-9]{1,4})\\b.*");
  private static final int OUTPUT_BYTES_MAX = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Path UNIFIED = Path.of("/sys/fs/cgroup/unified");

  private final Host host;
  private final ConmonConfig config;

  private Probe(Host host, ConmonConfig config) {
    this.host = host;
    this.config = config;
  }

  static Future<Probed> run(Host host, ConmonConfig config) {
    return new Probe(host, config).run();
  }

  private Future<Probed> run() {
    return version(config.conmon())
        .compose(_ -> version(config.runtime()))
        .compose(
            version ->
                able(version)
                    .compose(_ -> features())
                    .compose(
                        features ->
                            host.disk().run(() -> probed(version, features, unifiedInTheWay()))));
  }

  /** Of gVisor not every age knows the words that commands in its containers are killed by. */
  private Future<Void> able(String version) {
    if (!ownKernel(version)) {
      return Future.succeededFuture();
    }
    return ran(config.runtime(), List.of("help", "kill"))
        .compose(
            output ->
                output.stdout().appendBuffer(output.stderr()).toString().contains("-pgid")
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        RuntimeFault.precondition(
                            version
                                + ": kill has no --pgid (expected: a newer one, such as gVisor's of"
                                + " 2026)")));
  }

  private Probed probed(String version, JsonNode features, boolean unifiedInTheWay)
      throws IOException {
    var crun = version.startsWith("crun ");
    // crun refuses a hybrid host whose cgroup2 mount has a controller of its own; runc does not.
    var hide = config.quirks().hideUnified().orElse(crun && unifiedInTheWay);
    // crun hands its own output on to the command; runc copies, until the last writer has closed.
    var detached = config.quirks().detachedExec().orElse(!crun);
    return new Probed(
        described(version, features),
        hide ? Set.of(UNIFIED) : Set.of(),
        detached,
        ownKernel(version),
        Allowed.here());
  }

  private boolean ownKernel(String version) {
    return config.quirks().ownKernel().orElse(version.startsWith("runsc "));
  }

  private Features described(String version, JsonNode features) {
    var recursive = host.mounts().recursiveAttributes() && knowsRecursion(version, features);
    var idMapped = features.at("/linux/mountExtensions/idmap/enabled").asBoolean(false);
    return new Features(version, recursive, idMapped && config.idMaps() && !ownKernel(version));
  }

  /** crun has the option since 1.4, and the verb that tells of it since 1.8.6. */
  private static boolean knowsRecursion(String version, JsonNode features) {
    for (var option : features.path("mountOptions")) {
      if (option.asText().equals("rro")) {
        return true;
      }
    }
    var crun = CRUN.matcher(version);
    return features.isMissingNode()
        && crun.matches()
        && (Integer.parseInt(crun.group(1)) > 1 || Integer.parseInt(crun.group(2)) >= 4);
  }

  /** {@code crun 1.8.1} of {@code crun version 1.8.1 …}; youki has a colon behind the word. */
  private Future<String> version(Path binary) {
    return ran(binary, List.of("--version"))
        .compose(
            output -> {
              var first = output.stdout().toString().lines().findFirst().orElse("");
              return output.exitCode() == 0 && !first.isBlank()
                  ? Future.succeededFuture(first.strip().replaceFirst(" version:? ", " "))
                  : Future.failedFuture(
                      RuntimeFault.precondition(
                          binary
                              + " --version: exit code "
                              + output.exitCode()
                              + " (expected: 0)"));
            });
  }

  /** Runtimes without the verb have no features that can be known. */
  private Future<JsonNode> features() {
    return ran(config.runtime(), List.of("features"))
        .map(
            output ->
                output.exitCode() == 0
                    ? parsed(output.stdout()).orElseGet(MissingNode::getInstance)
                    : MissingNode.getInstance());
  }

  private static Optional<JsonNode> parsed(Buffer json) {
    try {
      return Optional.ofNullable(Documents.JSON.readTree(json.toString()));
    } catch (JsonProcessingException malformed) {
      return Optional.empty();
    }
  }

  private Future<Output> ran(Path binary, List<String> arguments) {
    var call =
        Call.of(Call.Tools.plain(), "probe", Actor.DAEMON, Trace.fresh(), Optional.of(PATIENCE));
    return host.processes()
        .run(call, Command.of(binary, arguments), Buffer.buffer(), OUTPUT_BYTES_MAX);
  }

  private static boolean unifiedInTheWay() throws IOException {
    var controllers = UNIFIED.resolve("cgroup.controllers");
    return Files.exists(controllers) && !Files.readString(controllers).isBlank();
  }
}
