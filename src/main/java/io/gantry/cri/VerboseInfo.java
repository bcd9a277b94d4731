package io.gantry.cri;

import io.gantry.container.Container;
import io.gantry.container.ContainerState;
import io.gantry.host.ProcessRef;
import io.gantry.oci.RuntimeSpec;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.PodSpec;
import io.gantry.sandbox.Sandbox;
import io.gantry.state.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * What a verbose status tells under {@code info}: with the names that {@code crictl inspect} and
 * {@code crictl inspectp} users know of containerd, and under {@code record} all that is recorded
 * here. There is no pause image: a pod without a process of its own has the pid 0.
 */
final class VerboseInfo {
  private VerboseInfo() {}

  /**
   * @param told what its runtime was told; empty if that was on another boot
   */
  static JsonObject of(Container container, Optional<ContainerSpec> told) {
    var info =
        new JsonObject()
            .put("sandboxID", container.sandbox().value())
            .put("pid", alive(container) ? pid(container.process()) : 0)
            .put("removing", false)
            .put("snapshotKey", container.id().value())
            .put("snapshotter", "overlayfs")
            .put("runtimeHandler", container.handler())
            .put("privileged", container.config().security().privileged())
            .put("config", MessageJson.of(Echo.of(container.config())))
            .put("record", Json.encode(container));
    told.ifPresent(it -> info.put("runtimeSpec", Json.encode(it.spec())));
    return info;
  }

  private static boolean alive(Container container) {
    return switch (container.state()) {
      case ContainerState.Created _, ContainerState.Running _ -> true;
      case ContainerState.Creating _, ContainerState.Exited _ -> false;
    };
  }

  private static int pid(Optional<ProcessRef> process) {
    return process.map(ProcessRef::pid).orElse(0);
  }

  /**
   * @param spec what its runtime was told
   */
  static JsonObject of(Sandbox sandbox, PodSpec spec) {
    return new JsonObject()
        .put("pid", sandbox.ready() ? pid(sandbox.process()) : 0)
        .put("processStatus", sandbox.ready() && sandbox.process().isPresent() ? "running" : "")
        .put("netNamespaceClosed", !sandbox.ready())
        .put("runtimeHandler", sandbox.handler())
        .put("config", MessageJson.of(Echo.of(sandbox.config())))
        .put("runtimeSpec", runtimeSpec(sandbox, spec))
        .put("cniResult", network(sandbox))
        .put("record", Json.encode(sandbox));
  }

  /**
   * Of the namespaces and the group that its containers share, whether a process has them or not.
   */
  private static JsonObject runtimeSpec(Sandbox sandbox, PodSpec spec) {
    var namespaces = new JsonArray();
    spec.namespaces()
        .forEach(
            (type, pin) ->
                namespaces.add(new JsonObject().put("type", type).put("path", pin.toString())));
    var annotations = new JsonObject();
    sandbox.config().annotations().forEach(annotations::put);
    return new JsonObject()
        .put("ociVersion", RuntimeSpec.VERSION)
        .put("hostname", spec.hostname())
        .put("annotations", annotations)
        .put(
            "linux",
            new JsonObject()
                .put("namespaces", namespaces)
                .put("cgroupsPath", ControlGroup.path(spec.cgroupParent())));
  }

  private static JsonObject network(Sandbox sandbox) {
    var addresses = new JsonArray();
    sandbox.ips().forEach(ip -> addresses.add(new JsonObject().put("IP", ip)));
    return new JsonObject()
        .put(
            "Interfaces",
            sandbox.ips().isEmpty()
                ? new JsonObject()
                : new JsonObject().put("eth0", new JsonObject().put("IPConfigs", addresses)));
  }
}
