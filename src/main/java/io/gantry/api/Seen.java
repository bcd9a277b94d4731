package io.gantry.api;

import io.gantry.call.Actor;
import io.gantry.container.Container;
import io.gantry.container.ContainerState;
import io.gantry.image.Image;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.SandboxState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Records as the API shows them: without environment variables, arguments and annotations, where
 * people keep secrets.
 */
final class Seen {
  private Seen() {}

  static JsonObject sandbox(Sandbox sandbox) {
    var pod = sandbox.config().pod();
    return new JsonObject()
        .put("id", sandbox.id().value())
        .put("name", pod.name())
        .put("namespace", pod.namespace())
        .put("uid", pod.uid())
        .put("attempt", pod.attempt())
        .put("state", state(sandbox.state()))
        .put("handler", sandbox.handler())
        .put("owner", sandbox.owner())
        .put("createdAt", sandbox.createdAt().toString())
        .put("ips", new JsonArray(sandbox.ips()))
        .put("labels", labels(sandbox.config().labels()));
  }

  private static String state(SandboxState state) {
    return switch (state) {
      case SandboxState.Opening _, SandboxState.Ready _ -> "ready";
      case SandboxState.Broken _ -> "broken";
      case SandboxState.Closing _ -> "closing";
      case SandboxState.Closed _ -> "closed";
    };
  }

  /**
   * @param pod of which it is; empty if that is gone
   */
  static JsonObject container(Container container, Optional<Sandbox> pod) {
    var json =
        new JsonObject()
            .put("id", container.id().value())
            .put("name", container.config().name())
            .put("attempt", container.config().attempt())
            .put("sandbox", container.sandbox().value())
            .put(
                "pod",
                pod.map(it -> it.config().pod())
                    .map(it -> it.namespace() + "/" + it.name())
                    .orElse(""))
            .put("image", container.config().image())
            .put("imageId", container.image().value())
            .put("handler", container.handler())
            .put("owner", container.owner())
            .put("createdAt", container.createdAt().toString())
            .put("log", container.logFile())
            .put("labels", labels(container.config().labels()));
    container.process().ifPresent(process -> json.put("pid", process.pid()));
    return state(json, container.state());
  }

  private static JsonObject state(JsonObject json, ContainerState state) {
    return switch (state) {
      case ContainerState.Creating _, ContainerState.Created _ -> json.put("state", "created");
      case ContainerState.Running(var since, var paused) ->
          json.put("state", paused ? "paused" : "running").put("startedAt", since.toString());
      case ContainerState.Exited exited -> {
        exited.since().ifPresent(since -> json.put("startedAt", since.toString()));
        json.remove("pid");
        yield json.put("state", "exited")
            .put("finishedAt", exited.at().toString())
            .put("exitCode", exited.code())
            .put("reason", exited.reason())
            .put("message", exited.message());
      }
    };
  }

  static JsonObject image(Image image) {
    return new JsonObject()
        .put("id", image.id().value())
        .put("tags", new JsonArray(image.tags()))
        .put("digests", new JsonArray(image.digests()))
        .put("sizeBytes", image.sizeBytes())
        .put("pulledAt", image.pulledAt().toString())
        .put("layers", new JsonArray(image.layers().stream().map(it -> it.value()).toList()));
  }

  private static JsonObject labels(Map<String, String> labels) {
    var json = new JsonObject();
    labels.forEach(json::put);
    return json;
  }

  static String actor(Actor actor) {
    return actor.door() + "/" + actor.name();
  }

  static JsonArray array(List<JsonObject> all) {
    return new JsonArray(all);
  }
}
