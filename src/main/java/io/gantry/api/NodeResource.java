package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.api.ApiVerticle.Setting;
import io.gantry.call.Call;
import io.gantry.doctor.Finding;
import io.gantry.doctor.Report;
import io.gantry.errors.RuntimeFault;
import io.gantry.handler.HandlerStatus;
import io.gantry.runtime.Features;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** The node itself and its handlers. */
final class NodeResource {
  private final Behind behind;

  NodeResource(Behind behind) {
    this.behind = behind;
  }

  void serve(Door door) {
    door.object("getNode", this::node)
        .list("getConfig", this::config)
        .object("examineNode", this::examine)
        .list("listHandlers", this::handlers)
        .list("listNetworks", this::networks);
  }

  private Future<JsonObject> node(Call call, Asked asked) {
    var runtime = condition("runtime", defaultFault());
    var network = condition("network", behind.networks().notReady());
    return Future.succeededFuture(
        new JsonObject()
            .put("version", behind.version())
            .put("ready", runtime.getBoolean("ok") && network.getBoolean("ok"))
            .put("conditions", new JsonArray().add(runtime).add(network))
            .put("sandboxes", behind.sandboxes().list().size())
            .put("containers", behind.containers().list().size())
            .put("images", behind.images().list().size())
            .put("lastEvent", behind.facts().newest()));
  }

  private Optional<String> defaultFault() {
    return behind.handlers().all().stream()
        .filter(HandlerStatus::isDefault)
        .findFirst()
        .flatMap(HandlerStatus::fault)
        .map(RuntimeFault::getMessage);
  }

  private static JsonObject condition(String name, Optional<String> wrong) {
    return new JsonObject()
        .put("name", name)
        .put("ok", wrong.isEmpty())
        .put("why", wrong.orElse(""));
  }

  private Future<JsonArray> config(Call call, Asked asked) {
    return Future.succeededFuture(
        Seen.array(behind.settings().stream().map(NodeResource::setting).toList()));
  }

  private static JsonObject setting(Setting setting) {
    return new JsonObject()
        .put("key", setting.key())
        .put("value", setting.value())
        .put("source", setting.source())
        .put("meaning", setting.meaning());
  }

  private Future<JsonObject> examine(Call call, Asked asked) {
    return behind
        .doctor()
        .examine(call)
        .map(
            report ->
                new JsonObject()
                    .put("level", Report.word(report.level()))
                    .put(
                        "findings",
                        Seen.array(
                            report.findings().stream().map(NodeResource::finding).toList())));
  }

  private static JsonObject finding(Finding finding) {
    return new JsonObject()
        .put("check", finding.check())
        .put("level", Report.word(finding.level()))
        .put("found", finding.found())
        .put("why", finding.why())
        .put("fix", finding.fix());
  }

  private Future<JsonArray> handlers(Call call, Asked asked) {
    return Future.succeededFuture(
        Seen.array(behind.handlers().all().stream().map(NodeResource::handler).toList()));
  }

  private Future<JsonArray> networks(Call call, Asked asked) {
    var network = behind.networks().description();
    var why = behind.networks().notReady();
    return Future.succeededFuture(
        new JsonArray()
            .add(
                new JsonObject()
                    .put("name", network.name())
                    .put("file", network.file())
                    .put("cniVersion", network.cniVersion())
                    .put("plugins", new JsonArray(network.plugins()))
                    .put("skipped", new JsonArray(network.skipped()))
                    .put("ready", why.isEmpty())
                    .put("why", why.orElse(""))));
  }

  private static JsonObject handler(HandlerStatus status) {
    return new JsonObject()
        .put("name", status.name())
        .put("isDefault", status.isDefault())
        .put("ready", status.fault().isEmpty())
        .put("version", status.features().map(Features::version).orElse(""))
        .put("overheadMemoryBytes", status.overhead().memoryBytes())
        .put("overheadCpuMillis", status.overhead().cpuMillis())
        .put("why", status.fault().map(RuntimeFault::getMessage).orElse(""));
  }
}
