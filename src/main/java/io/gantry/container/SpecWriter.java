package io.gantry.container;

import io.gantry.cdi.Edits;
import io.gantry.container.ContainerConfig.Security;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.ids.IdMappings;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Capabilities;
import io.gantry.oci.RuntimeSpec.Cpu;
import io.gantry.oci.RuntimeSpec.Device;
import io.gantry.oci.RuntimeSpec.DeviceRule;
import io.gantry.oci.RuntimeSpec.HugepageLimit;
import io.gantry.oci.RuntimeSpec.Linux;
import io.gantry.oci.RuntimeSpec.Memory;
import io.gantry.oci.RuntimeSpec.Mount;
import io.gantry.oci.RuntimeSpec.Namespace;
import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.Root;
import io.gantry.oci.RuntimeSpec.User;
import io.gantry.runtime.Confines;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.PodSpec;
import io.gantry.sandbox.Resources;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes.PodFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The OCI configuration of one container, from what the kubelet asked for and what the image says.
 * Pure: reads nothing and makes nothing.
 */
final class SpecWriter {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final int TTY = 5;
  private static final Pattern DESCRIPTORS =
      Pattern.compile("/(proc/(.*/)?|dev/)fd(/.*)?", Pattern.DOTALL);

  private final ContainerId id;
  private final ContainerConfig config;
  private final ImageConfig.Execution image;
  private final Sandbox sandbox;
  private final PodSpec pod;
  private final PodFiles files;
  private final HostFacts facts;
  private final Found found;
  private final Volumes volumes;
  private final @Nullable String pidNamespace;

  /**
   * @param found what had to be looked up for it
   * @param volumes those that come of images
   * @param pidNamespace the file of the PID namespace to join; null for one of its own, or the
   *     host's with {@link Security.Pid#NODE}
   */
  SpecWriter(
      ContainerId id,
      ContainerConfig config,
      ImageConfig image,
      Sandbox sandbox,
      PodSpec pod,
      PodFiles files,
      HostFacts facts,
      Found found,
      Volumes volumes,
      @Nullable String pidNamespace) {
    this.id = id;
    this.config = config;
    this.image = image.execution();
    this.sandbox = sandbox;
    this.pod = pod;
    this.files = files;
    this.facts = facts;
    this.found = found;
    this.volumes = volumes;
    this.pidNamespace = pidNamespace;
  }

  RuntimeSpec write() {
    return new RuntimeSpec(
        RuntimeSpec.VERSION,
        process(),
        new Root("rootfs", config.security().readonlyRootfs()), // the driver knows the path
        null,
        mounts(),
        annotations(),
        linux(),
        found.cdi().hooks());
  }

  /** What the handler's rule lets through, and ours over it. */
  private Map<String, String> annotations() {
    var all = new HashMap<>(found.annotations());
    all.put("io.kubernetes.cri.container-type", "container");
    all.put("io.kubernetes.cri.sandbox-id", sandbox.id().value());
    return Map.copyOf(all);
  }

  private Process process() {
    var security = config.security();
    var granted = Capability.granted(security, facts);
    var ambient = Capability.ambient(security, granted);
    return new Process(
        config.terminal(),
        user(),
        arguments(),
        environment(),
        workingDirectory(),
        new Capabilities(granted, granted, granted, ambient, ambient),
        facts.limits(),
        security.noNewPrivileges(),
        oomScoreAdj(),
        found.confines().appArmor(),
        found.confines().labels().process());
  }

  private int oomScoreAdj() {
    return (int) Math.clamp(config.resources().oomScoreAdj(), (long) facts.oomScoreAdjMin(), 1000L);
  }

  /**
   * CRI: a command replaces the entry point and the image's arguments; arguments only the latter.
   */
  private List<String> arguments() {
    var all = new ArrayList<String>();
    if (config.command().isEmpty()) {
      all.addAll(or(image.entrypoint()));
      all.addAll(config.args().isEmpty() ? or(image.cmd()) : config.args());
    } else {
      all.addAll(config.command());
      all.addAll(config.args());
    }
    if (all.isEmpty()) {
      throw RuntimeFault.invalid(
          "container "
              + config.name()
              + ": no command (expected: one in the request or the image)");
    }
    all.forEach(word -> Environment.checkEnd("container " + config.name() + ": its command", word));
    return all;
  }

  private List<String> environment() {
    var all = new Environment().set("PATH", PATH).ofImage(or(image.env()));
    if (!pod.hostname().isEmpty()) {
      all.set("HOSTNAME", pod.hostname());
    }
    if (config.terminal()) {
      all.setIfAbsent("TERM", "xterm");
    }
    all.asked(config.env());
    found.cdi().env().forEach(all::set);
    found.identity().home().ifPresent(home -> all.setIfAbsent("HOME", home));
    return all.lines();
  }

  private String workingDirectory() {
    var chosen =
        config.workingDir().isEmpty()
            ? Optional.ofNullable(image.workingDir()).orElse("")
            : config.workingDir();
    if (chosen.indexOf('\0') >= 0 || leadsToADescriptor(chosen)) {
      throw RuntimeFault.invalid(
          "working directory: '" + chosen + "' (expected: a path in the container)");
    }
    return chosen.isEmpty() ? "/" : chosen.startsWith("/") ? chosen : "/" + chosen;
  }

  /** However it is written: what is open there might be of the host (CVE-2024-21626). */
  private static boolean leadsToADescriptor(String directory) {
    var plain = Path.of("/").resolve(directory).normalize().toString();
    return DESCRIPTORS.matcher(plain).matches();
  }

  private User user() {
    var identity = found.identity();
    var groups = new LinkedHashSet<>(identity.groups());
    groups.addAll(found.cdi().groups());
    return new User(identity.user(), identity.group(), List.copyOf(groups));
  }

  private List<Mount> mounts() {
    var asked = new ArrayList<>(SpecMounts.asked(config, volumes, users()));
    asked.addAll(found.cdi().mounts());
    return SpecMounts.ordered(ownMounts(), asked);
  }

  private List<Mount> ownMounts() {
    var readOnlySystem = config.security().privileged() ? "rw" : "ro";
    var readOnlyFiles = config.security().readonlyRootfs() ? "ro" : "rw";
    return List.of(
        mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        terminals(),
        mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        system(readOnlySystem),
        mount(
            "/sys/fs/cgroup",
            "cgroup",
            "cgroup",
            "nosuid",
            "noexec",
            "nodev",
            "relatime",
            readOnlySystem),
        mount("/dev/shm", "bind", files.shm().toString(), "rbind", "rprivate"),
        file("/etc/resolv.conf", files.resolvConf(), readOnlyFiles),
        file("/etc/hosts", files.hosts(), readOnlyFiles),
        file("/etc/hostname", files.hostname(), readOnlyFiles));
  }

  /** Group 5 is tty; in a user namespace that has no such group the terminal's user owns it. */
  private Mount terminals() {
    var options =
        new ArrayList<>(List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
    if (users().map(ids -> ids.hasGroup(TTY)).orElse(true)) {
      options.add("gid=" + TTY);
    }
    return new Mount("/dev/pts", "devpts", "devpts", options);
  }

  /** The kernel gives a sysfs only to who owns the network; the host's is seen through a bind. */
  private Mount system(String readOnly) {
    return users().isPresent() && sandbox.config().sharing().hostNetwork()
        ? mount("/sys", "bind", "/sys", "rbind", "rprivate", "nosuid", "noexec", "nodev", "rro")
        : mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", readOnly);
  }

  private Optional<IdMappings> users() {
    return sandbox.config().sharing().users();
  }

  private static Mount file(String destination, Path source, String readOnly) {
    return mount(destination, "bind", source.toString(), "rbind", "rprivate", readOnly);
  }

  /** Where something is mounted whoever asks: an image cannot have volumes there. */
  static Set<String> ownDestinations() {
    return Set.of("/etc/resolv.conf", "/etc/hosts", "/etc/hostname");
  }

  private static Mount mount(String destination, String type, String source, String... options) {
    return new Mount(destination, type, source, List.of(options));
  }

  private Linux linux() {
    var security = config.security();
    return new Linux(
        namespaces(),
        ControlGroup.member(pod.cgroupParent(), id.value()),
        resources(),
        propagation(),
        security.privileged() ? List.of() : security.maskedPaths(),
        security.privileged() ? List.of() : security.readonlyPaths(),
        Map.of(),
        devices(),
        found.confines().seccomp(),
        found.confines().labels().files());
  }

  /** The root must let through what the widest of its mounts asks for. */
  private @Nullable String propagation() {
    var asked = config.mounts().stream().map(Volume::propagation).toList();
    if (asked.contains("rshared")) {
      return "rshared";
    }
    return asked.contains("rslave") ? "rslave" : null;
  }

  private List<Device> devices() {
    var all = new LinkedHashMap<String, Device>();
    found.devices().nodes().forEach(node -> all.put(node.path(), node));
    found.cdi().devices().forEach(node -> all.put(node.path(), owned(node)));
    return List.copyOf(all.values());
  }

  /** A node for which CDI names no owner is the process's. */
  private Device owned(Device node) {
    var identity = found.identity();
    return new Device(
        node.path(),
        node.type(),
        node.major(),
        node.minor(),
        node.fileMode(),
        node.uid() == null ? Long.valueOf(identity.user()) : node.uid(),
        node.gid() == null ? Long.valueOf(identity.group()) : node.gid());
  }

  private List<Namespace> namespaces() {
    var all = new ArrayList<Namespace>();
    all.add(new Namespace("mount", null));
    pod.namespaces().forEach((type, pin) -> all.add(new Namespace(type, pin.toString())));
    if (config.security().pid() != Security.Pid.NODE) {
      all.add(new Namespace("pid", pidNamespace));
    }
    // On v1 each controller would have to be mounted anew inside, and images expect to see them
    // all.
    if (facts.unifiedCgroups() && !config.security().privileged()) {
      all.add(new Namespace("cgroup", null));
    }
    return all;
  }

  private RuntimeSpec.Resources resources() {
    var asked = config.resources();
    var rules = new ArrayList<DeviceRule>();
    rules.add(new DeviceRule(config.security().privileged(), null, null, null, "rwm"));
    rules.addAll(found.devices().rules());
    rules.addAll(found.cdi().rules());
    return new RuntimeSpec.Resources(
        rules, memory(asked), cpu(asked), null, hugepages(asked, facts), asked.unified());
  }

  /** The limits alone, for a container that is there. */
  static RuntimeSpec.Resources limits(Resources asked, HostFacts facts) {
    return new RuntimeSpec.Resources(
        List.of(), memory(asked), cpu(asked), null, hugepages(asked, facts), asked.unified());
  }

  /** The kubelet sends 0 for each size that a container has not asked for: it may have none. */
  private static List<HugepageLimit> hugepages(Resources asked, HostFacts facts) {
    if (!facts.hugepages()) {
      return List.of();
    }
    return asked.hugepageBytes().entrySet().stream()
        .map(it -> new HugepageLimit(it.getKey(), it.getValue()))
        .toList();
  }

  private static @Nullable Memory memory(Resources asked) {
    if (asked.memoryBytes() == 0) {
      return null;
    }
    return new Memory(
        asked.memoryBytes(),
        asked.memorySwapBytes() == 0 ? asked.memoryBytes() : asked.memorySwapBytes());
  }

  private static Cpu cpu(Resources asked) {
    return new Cpu(
        nonZero(asked.cpuShares()),
        nonZero(asked.cpuQuotaMicros()),
        nonZero(asked.cpuPeriodMicros()),
        asked.cpus().isEmpty() ? null : asked.cpus(),
        asked.mems().isEmpty() ? null : asked.mems());
  }

  private static @Nullable Long nonZero(long value) {
    return value == 0 ? null : value;
  }

  private static List<String> or(@Nullable List<String> list) {
    return list == null ? List.of() : list;
  }

  /** What is not in the request: it was looked up on the host and in the image. */
  record Found(
      Devices devices,
      Identity identity,
      Confines confines,
      Edits cdi,
      Map<String, String> annotations) {}

  /** Device nodes of the host to make in the container, and the rules that allow them. */
  record Devices(List<Device> nodes, List<DeviceRule> rules) {
    static final Devices NONE = new Devices(List.of(), List.of());
  }
}
