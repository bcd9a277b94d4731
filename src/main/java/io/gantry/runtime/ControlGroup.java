package io.gantry.runtime;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.SandboxId;
import org.jspecify.annotations.Nullable;

/**
 * The names of control groups, in the forms of both drivers:
 *
 * <pre>
 *            a pod's group           a member, as OCI runtimes are told   where the member lies
 *   cgroupfs /kubepods/pod1          /kubepods/pod1/ID                    /kubepods/pod1/ID
 *   systemd  kubepods-pod1.slice     kubepods-pod1.slice:gantry:ID        /kubepods.slice/kubepods-pod1.slice/gantry-ID.scope
 * </pre>
 *
 * <p>The form of a name tells its driver, so that what one daemon made is found by the next, which
 * may have been given the other driver.
 */
public final class ControlGroup {
  private static final String SLICE = ".slice";
  private static final String OURS = "gantry";

  /** Letters of a unit's name (systemd.unit(5)), without the colon, which separates here. */
  private static final String WORD = "[A-Za-z0-9_.@\\\\]+";

  private ControlGroup() {}

  /**
   * Checks what the kubelet names.
   *
   * @param named a path with cgroupfs; with systemd a slice, or the path of one
   * @throws RuntimeFault INVALID_ARGUMENT if it has the form of the other driver, or of none
   */
  public static void check(CgroupDriver driver, String named) {
    switch (driver) {
      case CGROUPFS -> {
        if (base(named).endsWith(SLICE)) {
          throw refused(named, "a path such as /kubepods/pod1", "cgroupfs");
        }
      }
      case SYSTEMD -> {
        if (!base(named).matches(WORD + "(-" + WORD + ")*\\" + SLICE)) {
          throw refused(named, "a slice such as kubepods-pod1.slice", "systemd");
        }
      }
    }
  }

  /** What the kubelet has named, as a parent: of the path of a slice, the slice itself. */
  public static String parent(String named) {
    return base(named).endsWith(SLICE) ? base(named) : named;
  }

  private static RuntimeFault refused(String named, String expected, String driver) {
    return RuntimeFault.invalid(
        "cgroup parent: "
            + named
            + " (expected: "
            + expected
            + ", since the cgroup driver is "
            + driver
            + "; cgroup.driver here and cgroupDriver of the kubelet must agree)");
  }

  /** The group of a pod for which none was named. */
  public static String own(CgroupDriver driver, SandboxId pod) {
    return driver == CgroupDriver.SYSTEMD ? OURS + "-" + pod + SLICE : "/" + OURS + "-" + pod;
  }

  /** What an OCI runtime is told ({@code cgroupsPath}) of a group below {@code parent}. */
  public static String member(String parent, String id) {
    return isSlice(parent) ? parent + ":" + OURS + ":" + id : parent + "/" + id;
  }

  /** Whether systemd is to make the group of a {@link #member}. */
  public static boolean bySystemd(String member) {
    return !member.startsWith("/") && member.contains(":");
  }

  private static boolean isSlice(String parent) {
    return !parent.startsWith("/") && parent.endsWith(SLICE);
  }

  /** Where a parent or a member lies in the hierarchies; a path is itself. */
  public static String path(String name) {
    if (isSlice(name)) {
      return expanded(name);
    }
    if (!bySystemd(name)) {
      return name;
    }
    var parts = name.split(":", 3);
    return expanded(parts[0]) + "/" + parts[1] + "-" + parts[parts.length - 1] + ".scope";
  }

  /**
   * Where the group of a container lies.
   *
   * @param member as OCI runtimes are told; null for none
   * @param id of the container
   * @throws RuntimeFault INVALID_ARGUMENT for none, or for what is no group of a container's own
   */
  public static String placed(@Nullable String member, String id) {
    var path = member == null ? "" : path(member);
    if (!path.startsWith("/") || path.equals("/")) {
      throw RuntimeFault.invalid(
          "cgroups path: '"
              + member
              + "' of "
              + id
              + " (expected: an absolute path below the root, or slice:prefix:name)");
    }
    return path;
  }

  /** A slice lies in those that its dashes name (systemd.slice(5)): a-b.slice in a.slice. */
  private static String expanded(String slice) {
    var path = new StringBuilder();
    for (var dash = slice.indexOf('-'); dash >= 0; dash = slice.indexOf('-', dash + 1)) {
      path.append('/').append(slice, 0, dash).append(SLICE);
    }
    return path.append('/').append(slice).toString();
  }

  private static String base(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
