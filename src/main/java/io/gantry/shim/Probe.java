package io.gantry.shim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.driver.Allowed;
import io.gantry.driver.Documents;
import io.gantry.host.Host;
import io.gantry.runtime.Features;
import io.gantry.shim.proto.RuntimeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a shim's binary says of itself, and what this host allows. */
final class Probe {
  /**
   * The answers.
   *
   * @param allowed what a container's process may be given
   */
  record Probed(Features features, Allowed allowed) {}

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Probe() {}

  static Future<Probed> run(Host host, ShimConfig config) {
    var binary = new Binary(host, config);
    var call =
        Call.of(Call.Tools.plain(), "probe", Actor.DAEMON, Trace.fresh(), Optional.of(PATIENCE));
    var options = config.options().any(config.places().state(), false);
    return binary
        .info(call, options)
        .map(info -> described(host, config, info))
        // a shim before containerd 2, of whose runtime nothing is known
        .recover(
            _ ->
                binary
                    .version(call)
                    .map(lines -> new Features(version(config, lines), false, false)))
        .compose(features -> host.disk().run(() -> new Probed(features, Allowed.here())));
  }

  private static Features described(Host host, ShimConfig config, RuntimeInfo info) {
    var features = features(info);
    var recursive = false;
    for (var option : features.path("mountOptions")) {
      recursive |= option.asText().equals("rro");
    }
    var idMapped = features.at("/linux/mountExtensions/idmap/enabled").asBoolean(false);
    return new Features(
        config.name() + " " + info.getVersion().getVersion(),
        recursive && host.mounts().recursiveAttributes(),
        // what stands for its pod cannot join a user namespace that was made before it
        idMapped && config.idMaps() && config.grouped());
  }

  private static JsonNode features(RuntimeInfo info) {
    try {
      return Documents.JSON.readTree(info.getFeatures().getValue().toByteArray());
    } catch (JsonProcessingException none) {
      return MissingNode.getInstance();
    } catch (java.io.IOException impossible) { // bytes in memory
      throw new java.io.UncheckedIOException(impossible);
    }
  }

  /** {@code containerd-shim-runc-v2 1.6.20~ds1} of a line {@code Version: 1.6.20~ds1}. */
  private static String version(ShimConfig config, List<String> lines) {
    return config.name()
        + lines.stream()
            .filter(line -> line.startsWith("Version:"))
            .map(line -> " " + line.substring("Version:".length()).strip())
            .findFirst()
            .orElse("");
  }
}
