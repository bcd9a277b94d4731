package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.errors.RuntimeFault;
import io.gantry.streaming.AttachRequest;
import io.gantry.streaming.ExecRequest;
import io.vertx.core.Future;

/** Streams into containers and ports of pods, as WebSockets of channels. */
final class StreamResource {
  private final Behind behind;

  StreamResource(Behind behind) {
    this.behind = behind;
  }

  void serve(Door door) {
    door.streamed("execInContainer", this::exec)
        .streamed("attachContainer", this::attach)
        .streamed("forwardPort", this::forward);
  }

  private Future<Void> exec(Call call, Asked asked) {
    var tty = asked.flag("tty");
    return behind
        .streams()
        .exec(
            call,
            asked.context().request(),
            present(asked).id(),
            new ExecRequest(asked.texts("command"), tty, asked.flag("stdin"), true, !tty));
  }

  private Future<Void> attach(Call call, Asked asked) {
    var tty = asked.flag("tty");
    return behind
        .streams()
        .attach(
            call,
            asked.context().request(),
            present(asked).id(),
            new AttachRequest(tty, asked.flag("stdin"), true, !tty));
  }

  private Future<Void> forward(Call call, Asked asked) {
    var id = asked.path("id");
    var sandbox =
        behind
            .sandboxes()
            .find(id)
            .orElseThrow(
                () ->
                    RuntimeFault.notFound(
                        "sandbox: '" + id + "' is not here (expected: the beginning of one id)"));
    return behind
        .streams()
        .port(
            call,
            asked.context().request(),
            sandbox.id(),
            Math.toIntExact(asked.count("port").orElseThrow()));
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
