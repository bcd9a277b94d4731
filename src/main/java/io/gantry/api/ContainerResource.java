package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.errors.RuntimeFault;
import io.gantry.stats.ContainerNumbers;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;

/** Containers, their numbers and their logs. */
final class ContainerResource {
  private final Behind behind;

  ContainerResource(Behind behind) {
    this.behind = behind;
  }

  void serve(Door door) {
    door.list("listContainers", this::list)
        .object("getContainer", this::get)
        .object("getContainerStats", this::stats)
        .streamed("getContainerLogs", this::logs)
        .done("stopContainer", this::stop)
        .done("pauseContainer", this::pause)
        .done("resumeContainer", this::resume)
        .done("removeContainer", this::remove);
  }

  private Future<JsonArray> list(Call call, Asked asked) {
    var labels = asked.labels().entrySet();
    var sandbox = asked.text("sandbox").orElse("");
    return Future.succeededFuture(
        Page.of(
            asked,
            behind.containers().list().stream()
                .filter(it -> it.sandbox().value().startsWith(sandbox))
                .filter(it -> it.config().labels().entrySet().containsAll(labels)),
            it -> Page.Place.of(it.createdAt(), it.key()),
            this::seen));
  }

  private JsonObject seen(Container container) {
    return Seen.container(container, behind.sandboxes().find(container.sandbox().value()));
  }

  private Future<JsonObject> get(Call call, Asked asked) {
    return Future.succeededFuture(seen(present(asked)));
  }

  private Future<JsonObject> stats(Call call, Asked asked) {
    return behind.stats().container(call, present(asked)).map(ContainerResource::numbers);
  }

  private static JsonObject numbers(ContainerNumbers numbers) {
    var usage =
        numbers
            .usage()
            .orElseThrow(
                () ->
                    RuntimeFault.precondition(
                        "container: "
                            + numbers.container().id()
                            + " has ended (expected: a running one)"));
    var json =
        new JsonObject()
            .put("id", numbers.container().id().value())
            .put("at", usage.at().toString())
            .put("cpuNanos", usage.cpu().nanos())
            .put("memoryBytes", usage.memory().usage())
            .put("workingSetBytes", usage.memory().workingSet())
            .put("tasks", usage.tasks().current());
    usage.memory().limit().ifPresent(limit -> json.put("memoryLimitBytes", limit));
    return json;
  }

  private Future<Void> logs(Call call, Asked asked) {
    var container = present(asked);
    if (container.logFile().isEmpty()) {
      throw RuntimeFault.precondition(
          "container: " + container.id() + " has no log (expected: one with a log path)");
    }
    var response = asked.context().response().setChunked(true);
    response.putHeader("content-type", "text/plain; charset=utf-8");
    var running = asked.flag("follow");
    return new LogReading(
            behind.vertx(),
            behind.disk(),
            Path.of(container.logFile()),
            asked.flag("timestamps"),
            response)
        .run(call, asked.count("tail"), () -> running && lives(container))
        .compose(_ -> response.end());
  }

  private boolean lives(Container container) {
    return behind.containers().find(container.key()).filter(it -> !it.exited()).isPresent();
  }

  private Future<Void> stop(Call call, Asked asked) {
    var grace = Duration.ofSeconds(asked.count("grace").orElse(10L));
    return behind.containers().stop(call, changeable(asked).id(), grace);
  }

  private Future<Void> pause(Call call, Asked asked) {
    return behind.containers().pause(call, changeable(asked).id());
  }

  private Future<Void> resume(Call call, Asked asked) {
    return behind.containers().resume(call, changeable(asked).id());
  }

  private Future<Void> remove(Call call, Asked asked) {
    return behind.containers().remove(call, changeable(asked).id());
  }

  private Container changeable(Asked asked) {
    var container = present(asked);
    Owned.check("container " + container.id(), container.owner(), asked);
    EntityTag.check("container " + container.id(), seen(container), asked);
    return container;
  }

  private Container present(Asked asked) {
    var id = asked.path("id");
    return behind
        .containers()
        .find(id)
        .orElseThrow(
            () ->
                RuntimeFault.notFound(
                    "container: '" + id + "' is not here (expected: the beginning of one id)"));
  }
}
