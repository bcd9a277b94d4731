package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.cri.proto.CgroupDriver;
import io.gantry.cri.proto.LinuxRuntimeConfiguration;
import io.gantry.cri.proto.RuntimeCondition;
import io.gantry.cri.proto.RuntimeConfigRequest;
import io.gantry.cri.proto.RuntimeConfigResponse;
import io.gantry.cri.proto.RuntimeFeatures;
import io.gantry.cri.proto.RuntimeHandler;
import io.gantry.cri.proto.RuntimeHandlerFeatures;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.cri.proto.RuntimeStatus;
import io.gantry.cri.proto.StatusRequest;
import io.gantry.cri.proto.StatusResponse;
import io.gantry.cri.proto.UpdateRuntimeConfigRequest;
import io.gantry.cri.proto.UpdateRuntimeConfigResponse;
import io.gantry.cri.proto.VersionRequest;
import io.gantry.cri.proto.VersionResponse;
import io.gantry.errors.RuntimeFault;
import io.gantry.network.Networks;
import io.gantry.runtime.Features;
import io.gantry.runtime.Runtimes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** The RPCs about the runtime itself. */
final class NodeRpcs {
  /** The only version of its own API that the kubelet accepts. */
  private static final String KUBELET_API = "0.1.0";

  private final String version;
  private final Networks networks;
  private final Cdi cdi;
  private final Runtimes runtimes;
  private final JsonObject config;

  /**
   * @param config what a verbose status shows
   */
  NodeRpcs(String version, Networks networks, Cdi cdi, Runtimes runtimes, JsonObject config) {
    this.version = version;
    this.networks = networks;
    this.cdi = cdi;
    this.runtimes = runtimes;
    this.config = config;
  }

  void register(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpcService.Version, this::version)
        .unary(RuntimeServiceGrpcService.Status, this::status)
        .unary(RuntimeServiceGrpcService.RuntimeConfig, this::runtimeConfig)
        .unary(RuntimeServiceGrpcService.UpdateRuntimeConfig, this::updateRuntimeConfig);
  }

  private Future<VersionResponse> version(Call call, VersionRequest request) {
    return Future.succeededFuture(
        VersionResponse.newBuilder()
            .setVersion(KUBELET_API)
            .setRuntimeName("gantry")
            .setRuntimeVersion(version)
            .setRuntimeApiVersion("v1")
            .build());
  }

  private Future<StatusResponse> status(Call call, StatusRequest request) {
    var answer =
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(runtimeReady())
                    .addConditions(networkReady()))
            .setFeatures(
                RuntimeFeatures.newBuilder()
                    .setMountOptions(true)
                    .setSupplementalGroupsPolicy(true)
                    .setUserNamespacesHostNetwork(userNamespaces()));
    answer.addRuntimeHandlers(handler(""));
    runtimes.handlers().forEach(name -> answer.addRuntimeHandlers(handler(name)));
    if (!request.getVerbose()) {
      return Future.succeededFuture(answer.build());
    }
    answer.putInfo("config", config.encode());
    answer.putInfo("network", network().encode());
    return cdi.inventory()
        .map(NodeRpcs::devices)
        .map(devices -> answer.putInfo("cdi", devices.encode()).build());
  }

  private static JsonObject devices(Cdi.Inventory there) {
    var mistakes = new JsonObject();
    there.mistakes().forEach(mistakes::put);
    return new JsonObject()
        .put("devices", new JsonArray(there.devices()))
        .put("mistakes", mistakes);
  }

  private boolean userNamespaces() {
    return runtimes.handlers().stream()
        .anyMatch(name -> features(name).map(Features::userNamespaces).orElse(false));
  }

  private RuntimeCondition runtimeReady() {
    var condition = RuntimeCondition.newBuilder().setType("RuntimeReady");
    try {
      runtimes.ready(runtimes.handler(""));
      return condition.setStatus(true).build();
    } catch (RuntimeFault broken) {
      return condition
          .setStatus(false)
          .setReason("DefaultHandlerBroken")
          .setMessage(GrpcFaults.message(broken))
          .build();
    }
  }

  private RuntimeCondition networkReady() {
    var condition = RuntimeCondition.newBuilder().setType("NetworkReady");
    return networks
        .notReady()
        .map(why -> condition.setStatus(false).setReason("NetworkPluginNotReady").setMessage(why))
        .orElseGet(() -> condition.setStatus(true))
        .build();
  }

  private JsonObject network() {
    var network = networks.description();
    return new JsonObject()
        .put("name", network.name())
        .put("file", network.file())
        .put("cniVersion", network.cniVersion())
        .put("plugins", new JsonArray(network.plugins()))
        .put("skipped", new JsonArray(network.skipped()));
  }

  /** Nothing is promised that is not built yet, whatever the runtime below could do. */
  private RuntimeHandler handler(String name) {
    var features = RuntimeHandlerFeatures.newBuilder();
    features(name)
        .ifPresent(
            can ->
                features
                    .setRecursiveReadOnlyMounts(can.recursiveReadOnly())
                    .setUserNamespaces(can.userNamespaces()));
    return RuntimeHandler.newBuilder().setName(name).setFeatures(features).build();
  }

  /** Empty for a handler that does not work: a condition tells of the default one. */
  private Optional<Features> features(String name) {
    try {
      return Optional.of(runtimes.ready(runtimes.handler(name)).features());
    } catch (RuntimeFault broken) {
      return Optional.empty();
    }
  }

  private Future<RuntimeConfigResponse> runtimeConfig(Call call, RuntimeConfigRequest request) {
    return Future.succeededFuture(
        RuntimeConfigResponse.newBuilder()
            .setLinux(
                LinuxRuntimeConfiguration.newBuilder()
                    .setCgroupDriver(
                        switch (runtimes.cgroupDriver()) {
                          case CGROUPFS -> CgroupDriver.CGROUPFS;
                          case SYSTEMD -> CgroupDriver.SYSTEMD;
                        }))
            .build());
  }

  /** The kubelet sends an empty range for a node that was given none yet. */
  private Future<UpdateRuntimeConfigResponse> updateRuntimeConfig(
      Call call, UpdateRuntimeConfigRequest request) {
    var range = request.getRuntimeConfig().getNetworkConfig().getPodCidr();
    return (range.isEmpty() ? Future.<Void>succeededFuture() : networks.podRange(call, range))
        .map(UpdateRuntimeConfigResponse.getDefaultInstance());
  }
}
