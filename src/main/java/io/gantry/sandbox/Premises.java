package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.Namespaces.Kind;
import io.gantry.host.Namespaces.Wanted;
import io.gantry.ids.IdMappings;
import io.gantry.ids.SandboxId;
import io.gantry.network.Attach;
import io.gantry.network.Networks;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.Confines;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.Labels;
import io.gantry.runtime.PodOpened;
import io.gantry.runtime.PodSpec;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.SandboxConfig.Sharing.Pid;
import io.gantry.security.Asked;
import io.gantry.security.AskedLabels;
import io.gantry.security.Confinement;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a sandbox has on the host, part by part: each part is made by one method and taken away by
 * another, which is idempotent and bears that the part was made half or never.
 */
final class Premises {
  /** 64 MiB, as other runtimes give it. */
  private static final Map<String, String> SHM = Map.of("size", "65536k", "mode", "1777");

  /** The last group is the highest that the kernel takes here. */
  private static final Map<String, String> OPEN_TO_ALL_USERS =
      Map.of(
          "net.ipv4.ip_unprivileged_port_start", "0",
          "net.ipv4.ping_group_range", "0 2147483647");

  private final Host host;
  private final Networks networks;
  private final Runtimes runtimes;
  private final Confinement confinement;
  private final SandboxPaths paths;
  private final boolean defaultSysctls;
  private final Departures departures;

  Premises(Sandboxes.Parts parts, SandboxPaths paths, boolean defaultSysctls) {
    this.host = parts.host();
    this.networks = parts.networks();
    this.runtimes = parts.runtimes();
    this.confinement = parts.confinement();
    this.paths = paths;
    this.defaultSysctls = defaultSysctls;
    this.departures = new Departures(networks, this::clear, parts.pause());
  }

  Departures departures() {
    return departures;
  }

  Future<Void> makeDirectories(Sandbox sandbox) {
    var id = sandbox.id();
    return host.disk()
        .act(
            () -> {
              var owners = PosixFilePermissions.fromString("rwx--x--x");
              for (var path : List.of(paths.of(id), paths.namespaces(id), paths.runtime(id))) {
                Files.createDirectories(path, PosixFilePermissions.asFileAttribute(owners));
              }
              var logs = sandbox.config().logDirectory();
              if (!logs.isEmpty()) {
                Files.createDirectories(Path.of(logs));
              }
            });
  }

  /** systemd makes a slice with the first scope in it. It goes with the directories. */
  Future<Void> makeGroup(Sandbox sandbox) {
    return makesGroup(sandbox)
        ? host.cgroups()
            .create(cgroupParent(sandbox))
            .compose(_ -> limited(sandbox) ? limitGroup(sandbox) : Future.<Void>succeededFuture())
        : Future.succeededFuture();
  }

  private boolean makesGroup(Sandbox sandbox) {
    return ownsGroup(sandbox) && runtimes.cgroupDriver() == CgroupDriver.CGROUPFS;
  }

  private static boolean limited(Sandbox sandbox) {
    return !sandbox.config().resources().equals(Resources.NONE);
  }

  /** Of a group that is ours; the kubelet sees to those that it names. */
  Future<Void> limitGroup(Sandbox sandbox) {
    var all = sandbox.config().resources().plus(sandbox.config().overhead());
    return makesGroup(sandbox)
        ? host.cgroups().set(cgroupParent(sandbox), GroupFiles.of(host.cgroups().version(), all))
        : Future.succeededFuture();
  }

  Future<Void> removeDirectories(Sandbox sandbox) {
    var folder =
        departures.pending(sandbox.id())
            ? Future.<Void>succeededFuture() // they hold the network namespace
            : host.disk().delete(paths.of(sandbox.id()));
    return Future.join(folder, removeGroup(sandbox)).mapEmpty();
  }

  /** What the kubelet has named, it also takes away. */
  private Future<Void> removeGroup(Sandbox sandbox) {
    if (!ownsGroup(sandbox)) {
      return Future.succeededFuture();
    }
    var group = cgroupParent(sandbox);
    return switch (runtimes.cgroupDriver()) {
      case CGROUPFS -> host.cgroups().remove(group);
      case SYSTEMD -> Slices.stop(host, group);
    };
  }

  Future<Void> pinNamespaces(Sandbox sandbox) {
    var kinds = kinds(sandbox);
    if (kinds.isEmpty()) {
      return Future.succeededFuture();
    }
    var hostname = sandbox.config().hostname();
    return host.namespaces()
        .create(
            new Wanted(
                paths.namespaces(sandbox.id()),
                kinds,
                sandbox.config().sharing().users(),
                kinds.contains(Kind.UTS) && !hostname.isEmpty()
                    ? Optional.of(hostname)
                    : Optional.empty(),
                sysctls(sandbox.config(), kinds)));
  }

  private Map<String, String> sysctls(SandboxConfig config, Set<Kind> kinds) {
    var all = new HashMap<String, String>();
    if (defaultSysctls && kinds.contains(Kind.NET)) {
      all.putAll(OPEN_TO_ALL_USERS);
      // A name may be written with slashes, too.
      config.sysctls().keySet().forEach(name -> all.remove(name.replace('/', '.')));
    }
    all.putAll(config.sysctls());
    return all;
  }

  /** Keeps them while the network still has to be given back: plugins look into the namespace. */
  Future<Void> unpinNamespaces(Sandbox sandbox) {
    return departures.pending(sandbox.id())
        ? Future.succeededFuture()
        : host.namespaces().remove(paths.namespaces(sandbox.id()));
  }

  /** What is left in the run folder of a pod that is closed or gone, once it is detached. */
  private Future<Void> clear(SandboxId id) {
    return host.namespaces()
        .remove(paths.namespaces(id))
        .compose(_ -> host.mounts().unmount(paths.shm(id)))
        .compose(_ -> host.disk().delete(paths.of(id)));
  }

  /** Of a process of the pod's own, and of the files that its containers share. */
  Future<Labels> labels(Sandbox sandbox) {
    var config = sandbox.config();
    return confinement.labels(
        new AskedLabels(
            config.selinux(),
            sandbox.selinuxLevel(),
            config.privileged(),
            config.sharing().hostIpc() || config.sharing().pid() == Pid.NODE));
  }

  Future<Void> makeFiles(Sandbox sandbox) {
    return labels(sandbox)
        .compose(labels -> makeFiles(sandbox, Optional.ofNullable(labels.files())));
  }

  private Future<Void> makeFiles(Sandbox sandbox, Optional<String> label) {
    var id = sandbox.id();
    var config = sandbox.config();
    return host.disk()
        .act(
            () -> {
              writeResolvConf(paths.resolvConf(id), config.dns());
              copyOrEmpty(Path.of("/etc/hosts"), paths.hosts(id));
              if (config.hostname().isEmpty()) {
                copyOrEmpty(Path.of("/etc/hostname"), paths.hostname(id));
              } else {
                Files.writeString(paths.hostname(id), config.hostname() + "\n");
              }
              Files.createDirectories(paths.shm(id));
              if (config.sharing().users().isPresent()) {
                var users = config.sharing().users().get();
                giveTo(users, paths.resolvConf(id), paths.hosts(id), paths.hostname(id));
              }
            })
        .compose(
            _ ->
                Future.join(
                    label.stream()
                        .flatMap(it -> files(id).map(file -> labelled(file, it)))
                        .toList()))
        .compose(
            _ ->
                config.sharing().hostIpc()
                    ? Future.succeededFuture()
                    : host.mounts().tmpfs(paths.shm(id), shm(config.sharing(), label)));
  }

  private Stream<Path> files(SandboxId id) {
    return Stream.of(paths.resolvConf(id), paths.hosts(id), paths.hostname(id));
  }

  private Future<Void> labelled(Path file, String label) {
    return host.disk().label(file, label, Optional::empty);
  }

  /** To the root of the pod's own users, who finds them as any root does. */
  private static void giveTo(IdMappings users, Path... files) throws IOException {
    for (var file : files) {
      Files.setAttribute(file, "unix:uid", users.rootUid());
      Files.setAttribute(file, "unix:gid", users.rootGid());
    }
  }

  private static Map<String, String> shm(SandboxConfig.Sharing sharing, Optional<String> label) {
    var data = new HashMap<>(SHM);
    label.ifPresent(text -> data.put("context", text));
    sharing
        .users()
        .ifPresent(
            users -> {
              data.put("uid", Integer.toUnsignedString(users.rootUid()));
              data.put("gid", Integer.toUnsignedString(users.rootGid()));
            });
    return data;
  }

  Future<Void> unmountFiles(Sandbox sandbox) {
    return host.mounts().unmount(paths.shm(sandbox.id()));
  }

  /** Of a pod on the host's network nothing is asked. */
  Future<Void> expect(Call call, Sandbox sandbox) {
    return sandbox.config().sharing().hostNetwork()
        ? Future.succeededFuture()
        : networks.expect(call, request(sandbox));
  }

  /** The addresses that the network gave; none with the host's network. */
  Future<List<String>> attach(Call call, Sandbox sandbox) {
    return sandbox.config().sharing().hostNetwork()
        ? Future.succeededFuture(List.of())
        : networks.attach(call, request(sandbox)).map(attachment -> attachment.ips());
  }

  private Attach request(Sandbox sandbox) {
    var config = sandbox.config();
    var pod = config.pod();
    return new Attach(
        sandbox.id(),
        pod.namespace(),
        pod.name(),
        pod.uid(),
        paths.namespaces(sandbox.id()).resolve(Kind.NET.file()),
        config.ports(),
        new Attach.Details(
            new Attach.Dns(config.dns().servers(), config.dns().searches(), config.dns().options()),
            config.annotations(),
            config.cgroupParent()));
  }

  /** Never fails for the plugins: what they do not give back now is asked of them again. */
  Future<Void> detach(Call call, Sandbox sandbox) {
    return sandbox.config().sharing().hostNetwork()
        ? Future.succeededFuture()
        : departures.detach(call, sandbox.id());
  }

  Future<PodOpened> openRuntime(Call call, Sandbox sandbox) {
    var spec = spec(sandbox);
    return confines(call, sandbox)
        .compose(
            confines -> runtimes.runtime(sandbox.handler()).open(call, spec.confined(confines)));
  }

  /**
   * Of the process that holds a shared PID namespace: the pod's containers could trace it, and do
   * through it what their own filter refuses them.
   */
  private Future<Confines> confines(Call call, Sandbox sandbox) {
    var config = sandbox.config();
    if (config.sharing().pid() != Pid.POD) {
      return Future.succeededFuture(Confines.NONE);
    }
    return confinement
        .of(
            call,
            config.privileged()
                ? Asked.privileged()
                : new Asked(config.seccomp(), config.appArmor(), List.of()))
        .compose(confines -> labels(sandbox).map(confines::labelled));
  }

  Future<Void> closeRuntime(Call call, Sandbox sandbox) {
    try {
      return runtimes.runtime(sandbox.handler()).close(call, sandbox.id());
    } catch (RuntimeFault handlerGone) {
      return Future.failedFuture(handlerGone);
    }
  }

  PodSpec spec(Sandbox sandbox) {
    var pins = new HashMap<String, Path>();
    for (var kind : kinds(sandbox)) {
      pins.put(ociType(kind), paths.namespaces(sandbox.id()).resolve(kind.file()));
    }
    return new PodSpec(
        sandbox.id(),
        paths.runtime(sandbox.id()),
        pins,
        sandbox.config().sharing().pid() == Pid.POD,
        cgroupParent(sandbox),
        sandbox.config().hostname(),
        Confines.NONE); // but when it is opened
  }

  /** Whether what was pinned on this boot is still there. */
  Future<Boolean> standing(Sandbox sandbox) {
    return host.mounts()
        .below(paths.namespaces(sandbox.id()))
        .map(mounts -> mounts.size() >= kinds(sandbox).size());
  }

  private static Set<Kind> kinds(Sandbox sandbox) {
    var sharing = sandbox.config().sharing();
    var kinds = EnumSet.noneOf(Kind.class);
    if (sharing.users().isPresent()) {
      kinds.add(Kind.USER);
    }
    if (!sharing.hostNetwork()) {
      kinds.add(Kind.NET);
      kinds.add(Kind.UTS); // a pod on the host's network has the host's name
    }
    if (!sharing.hostIpc()) {
      kinds.add(Kind.IPC);
    }
    return kinds;
  }

  private static String ociType(Kind kind) {
    return kind == Kind.NET ? "network" : kind.file();
  }

  private static boolean ownsGroup(Sandbox sandbox) {
    return sandbox.config().cgroupParent().isEmpty();
  }

  /** The group that the kubelet names, which it makes and removes; else one of the pod's own. */
  private String cgroupParent(Sandbox sandbox) {
    return ownsGroup(sandbox)
        ? ControlGroup.own(runtimes.cgroupDriver(), sandbox.id())
        : ControlGroup.parent(sandbox.config().cgroupParent());
  }

  private static void writeResolvConf(Path to, SandboxConfig.Dns dns) throws IOException {
    if (dns.isEmpty()) {
      copyOrEmpty(Path.of("/etc/resolv.conf"), to);
      return;
    }
    var text = new StringBuilder();
    if (!dns.searches().isEmpty()) {
      text.append("search ").append(String.join(" ", dns.searches())).append('\n');
    }
    dns.servers().forEach(server -> text.append("nameserver ").append(server).append('\n'));
    if (!dns.options().isEmpty()) {
      text.append("options ").append(String.join(" ", dns.options())).append('\n');
    }
    Files.writeString(to, text, StandardCharsets.UTF_8);
  }

  private static void copyOrEmpty(Path from, Path to) throws IOException {
    Files.write(to, Files.exists(from) ? Files.readAllBytes(from) : new byte[0]);
  }
}
