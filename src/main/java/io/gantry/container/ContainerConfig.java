package io.gantry.container;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.IdMappings;
import io.gantry.sandbox.Resources;
import io.gantry.security.Profile;
import io.gantry.security.SelinuxOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A container as the kubelet asked for it. Obeyed; echoed byte for byte where the CRI says so.
 *
 * @param image an id or a reference of an image that is here
 * @param imageName what to call it in a status; may be empty
 * @param command replaces the image's entry point and drops its arguments; may be empty
 * @param args replaces the image's arguments; may be empty
 * @param workingDir empty for the image's
 * @param logPath below the sandbox's log directory; empty for no log
 * @param stopSignal as {@code SIGTERM}; empty for the image's
 * @param cdiDevices qualified names; those in {@code annotations} come on top
 */
public record ContainerConfig(
    String name,
    int attempt,
    String image,
    String imageName,
    List<String> command,
    List<String> args,
    String workingDir,
    List<Variable> env,
    List<Volume> mounts,
    List<HostDevice> devices,
    Map<String, String> labels,
    Map<String, String> annotations,
    String logPath,
    boolean stdin,
    boolean stdinOnce,
    boolean terminal,
    Resources resources,
    Security security,
    String stopSignal,
    List<String> cdiDevices) {

  public ContainerConfig {
    cdiDevices =
        cdiDevices == null ? List.of() : List.copyOf(cdiDevices); // older records have none
    if (name.isEmpty()) {
      throw RuntimeFault.invalid("container metadata: no name (expected: a name)");
    }
    if (image.isEmpty()) {
      throw RuntimeFault.invalid(
          "container " + name + ": no image (expected: the id or reference of an image)");
    }
  }

  ContainerConfig limited(Resources limits) {
    return with(mounts, limits);
  }

  ContainerConfig mounting(List<Volume> volumes) {
    return with(volumes, resources);
  }

  private ContainerConfig with(List<Volume> mounts, Resources resources) {
    return new ContainerConfig(
        name,
        attempt,
        image,
        imageName,
        command,
        args,
        workingDir,
        env,
        mounts,
        devices,
        labels,
        annotations,
        logPath,
        stdin,
        stdinOnce,
        terminal,
        resources,
        security,
        stopSignal,
        cdiDevices);
  }

  public record Variable(String name, String value) {}

  /**
   * A bind mount.
   *
   * @param hostPath what is mounted; empty with an {@code image}
   * @param recursiveReadOnly read-only with all that is mounted below it
   * @param propagation the OCI option: rprivate, rslave or rshared
   * @param image what is mounted in place of a host path
   * @param options more options of the mount, such as {@code noexec}
   * @param owners with whose ids its files are shown; as they are if empty
   * @param relabelled whether its files get the container's SELinux label, where there is one
   */
  public record Volume(
      String containerPath,
      String hostPath,
      boolean readonly,
      boolean recursiveReadOnly,
      String propagation,
      Optional<ImageSource> image,
      List<String> options,
      Optional<IdMappings> owners,
      boolean relabelled) {
    public Volume {
      options = options == null ? List.of() : List.copyOf(options); // older records have none
    }

    /** Of a host path, with no options besides. */
    public static Volume of(
        String containerPath, String hostPath, boolean readonly, String propagation) {
      return new Volume(
          containerPath,
          hostPath,
          readonly,
          false,
          propagation,
          Optional.empty(),
          List.of(),
          Optional.empty(),
          false);
    }

    Volume of(ImageSource resolved) {
      return new Volume(
          containerPath,
          hostPath,
          readonly,
          recursiveReadOnly,
          propagation,
          Optional.of(resolved),
          options,
          owners,
          relabelled);
    }
  }

  /**
   * The image of a volume.
   *
   * @param name its id or a reference of it
   * @param subPath a directory inside it; empty for its root
   * @param resolved a reference by digest; empty until it has been looked up
   */
  public record ImageSource(String name, String subPath, String resolved) {}

  /** A device of the host; {@code permissions} is some of {@code rwm}. */
  public record HostDevice(String containerPath, String hostPath, String permissions) {}

  /**
   * Who it is and what it may do.
   *
   * @param user a numeric uid
   * @param username looked up in the image; empty for none; comes before {@code user}
   * @param group a numeric gid; only with a user
   * @param groupsMerged whether the groups that the image gives the user count too
   * @param seccomp empty for none
   * @param appArmor empty for the default where the host has AppArmor
   * @param pid which PID namespace
   * @param pidTarget the container whose PID namespace it shares, with {@link Pid#TARGET}
   * @param selinux empty for the pod's
   */
  public record Security(
      Optional<Long> user,
      String username,
      Optional<Long> group,
      List<Long> supplementalGroups,
      boolean groupsMerged,
      boolean privileged,
      List<String> capabilitiesAdded,
      List<String> capabilitiesDropped,
      List<String> capabilitiesAmbient,
      boolean noNewPrivileges,
      boolean readonlyRootfs,
      List<String> maskedPaths,
      List<String> readonlyPaths,
      Pid pid,
      String pidTarget,
      Optional<Profile> seccomp,
      Optional<Profile> appArmor,
      Optional<SelinuxOptions> selinux) {
    public Security {
      username = Objects.requireNonNullElse(username, ""); // a record of an older version
    }

    /** With the labels of its pod. */
    public Security(
        Optional<Long> user,
        String username,
        Optional<Long> group,
        List<Long> supplementalGroups,
        boolean groupsMerged,
        boolean privileged,
        List<String> capabilitiesAdded,
        List<String> capabilitiesDropped,
        List<String> capabilitiesAmbient,
        boolean noNewPrivileges,
        boolean readonlyRootfs,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        Pid pid,
        String pidTarget,
        Optional<Profile> seccomp,
        Optional<Profile> appArmor) {
      this(
          user,
          username,
          group,
          supplementalGroups,
          groupsMerged,
          privileged,
          capabilitiesAdded,
          capabilitiesDropped,
          capabilitiesAmbient,
          noNewPrivileges,
          readonlyRootfs,
          maskedPaths,
          readonlyPaths,
          pid,
          pidTarget,
          seccomp,
          appArmor,
          Optional.empty());
    }

    /** The same with labels of its own. */
    Security labelled(SelinuxOptions options) {
      return new Security(
          user,
          username,
          group,
          supplementalGroups,
          groupsMerged,
          privileged,
          capabilitiesAdded,
          capabilitiesDropped,
          capabilitiesAmbient,
          noNewPrivileges,
          readonlyRootfs,
          maskedPaths,
          readonlyPaths,
          pid,
          pidTarget,
          seccomp,
          appArmor,
          Optional.of(options));
    }

    /** CRI {@code NamespaceMode}. */
    public enum Pid {
      POD,
      CONTAINER,
      NODE,
      TARGET
    }
  }
}
