package io.gantry.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An image's configuration (image-spec, config.md): what Gantry reads of it. Hostile input. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ImageConfig(
    @Nullable String architecture,
    @Nullable String os,
    @Nullable Execution config,
    @Nullable RootFs rootfs) {

  /** How to run it; names are Docker's. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Execution(
      @JsonProperty("User") @Nullable String user,
      @JsonProperty("Env") @Nullable List<String> env,
      @JsonProperty("Entrypoint") @Nullable List<String> entrypoint,
      @JsonProperty("Cmd") @Nullable List<String> cmd,
      @JsonProperty("WorkingDir") @Nullable String workingDir,
      @JsonProperty("Volumes") @Nullable Map<String, Object> volumes,
      @JsonProperty("Labels") @Nullable Map<String, String> labels,
      @JsonProperty("StopSignal") @Nullable String stopSignal) {
    public static final Execution NONE =
        new Execution(null, null, null, null, null, null, null, null);
  }

  /** The digests of the layers unpacked, the lowest first. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record RootFs(
      @Nullable String type, @JsonProperty("diff_ids") @Nullable List<String> diffIds) {}

  /** How to run it, never null. */
  public Execution execution() {
    return config == null ? Execution.NONE : config;
  }
}
