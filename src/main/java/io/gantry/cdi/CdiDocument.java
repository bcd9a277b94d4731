package io.gantry.cdi;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A file of the CDI specification, versions 0.2 to 1.1, as it is written. */
record CdiDocument(
    @Nullable String cdiVersion,
    @Nullable String kind,
    @Nullable Map<String, String> annotations,
    @Nullable List<DeviceEntry> devices,
    @Nullable ContainerEdits containerEdits) {

  record DeviceEntry(
      @Nullable String name,
      @Nullable Map<String, String> annotations,
      @Nullable ContainerEdits containerEdits) {}

  /** Of one device, or of all devices of the file. */
  record ContainerEdits(
      @Nullable List<String> env,
      @Nullable List<NodeEntry> deviceNodes,
      @Nullable List<JsonNode> netDevices,
      @Nullable List<HookEntry> hooks,
      @Nullable List<MountEntry> mounts,
      @Nullable JsonNode intelRdt,
      @JsonProperty("additionalGids") @Nullable List<Long> additionalGids) {}

  record NodeEntry(
      @Nullable String path,
      @Nullable String hostPath,
      @Nullable String type,
      @Nullable Long major,
      @Nullable Long minor,
      @Nullable Integer fileMode,
      @Nullable String permissions,
      @Nullable Long uid,
      @Nullable Long gid) {}

  record HookEntry(
      @Nullable String hookName,
      @Nullable String path,
      @Nullable List<String> args,
      @Nullable List<String> env,
      @Nullable Integer timeout) {}

  record MountEntry(
      @Nullable String hostPath,
      @Nullable String containerPath,
      @Nullable String type,
      @Nullable List<String> options) {}
}
