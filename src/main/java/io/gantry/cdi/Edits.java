package io.gantry.cdi;

import io.gantry.oci.RuntimeSpec.Device;
import io.gantry.oci.RuntimeSpec.DeviceRule;
import io.gantry.oci.RuntimeSpec.Hooks;
import io.gantry.oci.RuntimeSpec.Mount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What devices need of a container.
 *
 * @param env values by the names of variables; these come before the image's and the request's
 * @param devices nodes to make; one without an owner belongs to whoever runs in the container
 * @param rules that let the container use those
 * @param hooks null for none
 * @param groups that its process is to be in too
 */
public record Edits(
    Map<String, String> env,
    List<Device> devices,
    List<DeviceRule> rules,
    List<Mount> mounts,
    @Nullable Hooks hooks,
    List<Long> groups) {
  public static final Edits NONE =
      new Edits(Map.of(), List.of(), List.of(), List.of(), null, List.of());

  public Edits {
    devices = List.copyOf(devices);
    rules = List.copyOf(rules);
    mounts = List.copyOf(mounts);
    groups = List.copyOf(groups);
  }
}
