package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.container.ContainerConfig;
import io.gantry.container.ContainerConfig.Security;
import io.gantry.container.ContainerConfig.Variable;
import io.gantry.container.CreateContainer;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.sandbox.PodName;
import io.gantry.sandbox.Resources;
import io.gantry.sandbox.RunSandbox;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.SandboxConfig;
import io.gantry.sandbox.SandboxConfig.Dns;
import io.gantry.sandbox.SandboxConfig.Sharing;
import io.gantry.security.Profile;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Pods of one container that administrators run. They are not the kubelet's, and the CRI does not
 * show them: it would delete what it does not know.
 */
final class OwnPods {
  static final String OWNER = "gantry";
  private static final String NAMESPACE = "gantry";

  /** An annotation: what the request for the pod was, as {@link Repeats#body} has it. */
  private static final String REQUEST = "io.gantry.request";

  private static final List<String> MASKED =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");
  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private final Behind behind;
  private final Repeats repeats;

  OwnPods(Behind behind, Repeats repeats) {
    this.behind = behind;
    this.repeats = repeats;
  }

  void serve(Door door) {
    door.created("createContainer", repeats.once(this::create)).done("startContainer", this::start);
  }

  /** The pod of a key is known by its uid for as long as it is there, also after a restart. */
  private Future<JsonObject> create(Call call, Asked asked) {
    var key = Repeats.key(asked);
    var uid =
        key.map(it -> Seen.actor(call.actor()) + "\n" + it)
            .map(it -> UUID.nameUUIDFromBytes(it.getBytes(StandardCharsets.UTF_8)))
            .orElseGet(UUID::randomUUID)
            .toString();
    var there =
        behind.sandboxes().list().stream()
            .filter(it -> it.owner().equals(OWNER) && it.config().pod().uid().equals(uid))
            .findFirst();
    if (there.isPresent()
        && !Repeats.body(asked).equals(there.get().config().annotations().get(REQUEST))) {
      throw Repeats.another(key.orElseThrow());
    }
    return there
        .flatMap(this::containerOf)
        .map(it -> Future.succeededFuture(seen(it)))
        .orElseGet(() -> make(call, asked, uid));
  }

  private Optional<Container> containerOf(Sandbox sandbox) {
    return behind.containers().list().stream()
        .filter(it -> it.sandbox().equals(sandbox.id()))
        .findFirst();
  }

  /** A pod whose container cannot be made goes again. */
  private Future<JsonObject> make(Call call, Asked asked, String uid) {
    var body = asked.body();
    present(body.getString("image"));
    var name = body.getString("name", "run-" + uid.substring(0, 8));
    var pod = pod(name, uid, Repeats.body(asked), body.getBoolean("hostNetwork", false));
    return behind
        .sandboxes()
        .run(call, new RunSandbox(pod, body.getString("handler", ""), OWNER))
        .compose(
            id ->
                behind
                    .containers()
                    .create(call, new CreateContainer(id, container(name, body), OWNER))
                    .recover(
                        cause ->
                            behind
                                .sandboxes()
                                .remove(call.detached(), id)
                                .transform(_ -> Future.<ContainerId>failedFuture(cause))))
        .map(id -> seen(behind.containers().find(id.value()).orElseThrow()));
  }

  private JsonObject seen(Container container) {
    return Seen.container(container, behind.sandboxes().find(container.sandbox().value()));
  }

  /** Before a pod is made for it. */
  private void present(String image) {
    if (behind.images().find(image).isEmpty()) {
      throw RuntimeFault.precondition("image: " + image + " is not here (expected: pulled before)");
    }
  }

  /** Deletes the logs of a pod of ours; nobody else does. */
  static Future<Void> clear(Behind behind, Sandbox sandbox) {
    return sandbox.owner().equals(OWNER)
        ? behind.disk().delete(Path.of(sandbox.config().logDirectory()))
        : Future.succeededFuture();
  }

  private SandboxConfig pod(String name, String uid, String request, boolean hostNetwork) {
    return new SandboxConfig(
        new PodName(NAMESPACE, name, uid, 0),
        hostNetwork ? "" : name,
        behind.logs().resolve(uid).toString(),
        new Dns(List.of(), List.of(), List.of()),
        List.of(),
        Map.of(),
        Map.of(REQUEST, request),
        "",
        Map.of(),
        new Sharing(hostNetwork, false, Sharing.Pid.CONTAINER),
        false,
        Optional.of(Profile.RUNTIME_DEFAULT),
        Optional.empty(),
        Resources.NONE,
        Resources.NONE);
  }

  private static ContainerConfig container(String name, JsonObject body) {
    var stdin = body.getBoolean("stdin", false);
    var tty = body.getBoolean("tty", false);
    return new ContainerConfig(
        name,
        0,
        body.getString("image"),
        body.getString("image"),
        texts(body, "command"),
        texts(body, "args"),
        body.getString("workingDir", ""),
        body.getJsonObject("env", new JsonObject()).stream()
            .map(it -> new Variable(it.getKey(), String.valueOf(it.getValue())))
            .toList(),
        List.of(),
        List.of(),
        Map.of(),
        Map.of(),
        "log",
        stdin,
        stdin && !tty, // a terminal's input does not end with whoever types there
        tty,
        new Resources(0, 0, 0, body.getLong("memoryBytes", 0L), 0, 0, "", "", Map.of(), Map.of()),
        security(),
        "",
        List.of());
  }

  private static Security security() {
    return new Security(
        Optional.empty(),
        "",
        Optional.empty(),
        List.of(),
        true,
        false,
        List.of(),
        List.of(),
        List.of(),
        false,
        false,
        MASKED,
        READ_ONLY,
        Security.Pid.CONTAINER,
        "",
        Optional.of(Profile.RUNTIME_DEFAULT),
        Optional.empty());
  }

  private static List<String> texts(JsonObject body, String name) {
    return body.getJsonArray(name, new JsonArray()).stream().map(String::valueOf).toList();
  }

  private Future<Void> start(Call call, Asked asked) {
    var id = asked.path("id");
    var container =
        behind
            .containers()
            .find(id)
            .orElseThrow(
                () ->
                    RuntimeFault.notFound(
                        "container: '" + id + "' is not here (expected: the beginning of one id)"));
    Owned.check("container " + container.id(), container.owner(), asked);
    EntityTag.check("container " + container.id(), seen(container), asked);
    return behind.containers().start(call, container.id());
  }
}
