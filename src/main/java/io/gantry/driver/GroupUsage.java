package io.gantry.driver;

import io.gantry.host.Cgroups.Version;
import io.gantry.runtime.ContainerUsage;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The numbers of a control group from its files. Pure. */
interface GroupUsage {
  /** The files to read. */
  List<String> files();

  /**
   * What they say.
   *
   * @param names of block devices, by {@code major:minor}
   */
  ContainerUsage usage(Map<String, String> files, Instant at, Map<String, String> names);

  /** The block devices that they tell of, by {@code major:minor}. */
  List<String> devices(Map<String, String> files);

  /**
   * How to read them on a host.
   *
   * @param pageSizes of huge pages that the host has, such as {@code 2MB}
   */
  static GroupUsage of(Version version, List<String> pageSizes) {
    return switch (version) {
      case V1 -> new GroupUsageV1(pageSizes);
      case V2 -> new GroupUsageV2(pageSizes);
    };
  }
}
