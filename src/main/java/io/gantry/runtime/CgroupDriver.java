package io.gantry.runtime;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Cgroups.Version;
import io.gantry.host.Host;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Who makes control groups, and so how their names are written; see {@link ControlGroup}. */
public enum CgroupDriver {
  /** The OCI runtime, in the cgroup file systems; groups are named by their paths. */
  CGROUPFS,
  /** systemd, which the OCI runtime asks for scopes; groups are slices and units in them. */
  SYSTEMD;

  /** As sd_booted(3) tells whether systemd is process 1. */
  private static final Path BOOTED = Path.of("/run/systemd/system");

  /**
   * The driver of this host.
   *
   * @param wanted empty: systemd's where it is process 1 and cgroup v2 is mounted
   */
  public static Future<CgroupDriver> of(Optional<CgroupDriver> wanted, Host host) {
    return host.disk()
        .run(() -> choice(wanted, Files.isDirectory(BOOTED), host.cgroups().version()));
  }

  /**
   * As {@link #of}, from what is known of the host.
   *
   * @throws RuntimeFault FAILED_PRECONDITION if systemd is wanted and is not process 1
   */
  static CgroupDriver choice(Optional<CgroupDriver> wanted, boolean systemd, Version version) {
    if (wanted.filter(SYSTEMD::equals).isPresent() && !systemd) {
      throw RuntimeFault.precondition(
          "cgroup driver: systemd, which is not process 1 here (expected: cgroup.driver auto or"
              + " cgroupfs)");
    }
    return wanted.orElse(systemd && version == Version.V2 ? SYSTEMD : CGROUPFS);
  }
}
