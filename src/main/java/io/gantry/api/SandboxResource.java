package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.sandbox.Sandbox;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Pods. */
final class SandboxResource {
  private final Behind behind;

  SandboxResource(Behind behind) {
    this.behind = behind;
  }

  void serve(Door door) {
    door.list("listSandboxes", this::list)
        .object("getSandbox", this::get)
        .done("stopSandbox", this::stop)
        .done("removeSandbox", this::remove);
  }

  private Future<JsonArray> list(Call call, Asked asked) {
    var labels = asked.labels().entrySet();
    return Future.succeededFuture(
        Page.of(
            asked,
            behind.sandboxes().list().stream()
                .filter(it -> it.config().labels().entrySet().containsAll(labels)),
            it -> Page.Place.of(it.createdAt(), it.key()),
            Seen::sandbox));
  }

  private Future<JsonObject> get(Call call, Asked asked) {
    return Future.succeededFuture(Seen.sandbox(present(asked)));
  }

  private Future<Void> stop(Call call, Asked asked) {
    return behind.sandboxes().stop(call, changeable(asked).id());
  }

  private Future<Void> remove(Call call, Asked asked) {
    var sandbox = changeable(asked);
    return behind
        .sandboxes()
        .remove(call, sandbox.id())
        .compose(_ -> OwnPods.clear(behind, sandbox));
  }

  private Sandbox changeable(Asked asked) {
    var sandbox = present(asked);
    Owned.check("sandbox " + sandbox.id(), sandbox.owner(), asked);
    EntityTag.check("sandbox " + sandbox.id(), Seen.sandbox(sandbox), asked);
    return sandbox;
  }

  private Sandbox present(Asked asked) {
    var id = asked.path("id");
    return behind
        .sandboxes()
        .find(id)
        .orElseThrow(
            () ->
                RuntimeFault.notFound(
                    "sandbox: '" + id + "' is not here (expected: the beginning of one id)"));
  }
}
