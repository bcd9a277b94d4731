package io.gantry.handler;

import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Capabilities;
import io.gantry.oci.RuntimeSpec.Linux;
import io.gantry.oci.RuntimeSpec.Mount;
import io.gantry.oci.RuntimeSpec.Namespace;
import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.User;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.Confines;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodSpec;
import io.gantry.runtime.Rootfs;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs one container of a handler to its end: a handler is ready once that has worked on this host
 * since its binary was changed, and not because a file is there.
 *
 * <p>The container has a PID, a mount, an IPC, a UTS and an empty network namespace, the host's own
 * programs read-only, and runs {@code true}; where the handler says that its containers are
 * WebAssembly, it runs the smallest module there is.
 */
public final class Trial {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int SAID_MAX = 2000;
  private static final List<String> HOST_PROGRAMS =
      List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64");

  /** A module (WebAssembly core specification, 5) that exports a {@code _start} of nothing. */
  private static final byte[] MODULE = {
    0,
    'a',
    's',
    'm',
    1,
    0,
    0,
    0, // magic and version
    1,
    4,
    1,
    0x60,
    0,
    0, // types: one function of nothing to nothing
    3,
    2,
    1,
    0, // functions: one of that type
    7,
    10,
    1,
    6,
    '_',
    's',
    't',
    'a',
    'r',
    't',
    0,
    0, // exports it
    10,
    4,
    1,
    2,
    0,
    0x0b // its code: the end
  };

  private final Host host;
  private final CgroupDriver cgroups;
  private final Path directory;
  private final Handler handler;
  private final PodRuntime runtime;

  private Trial(
      Host host, CgroupDriver cgroups, Path directory, Handler handler, PodRuntime runtime) {
    this.host = host;
    this.cgroups = cgroups;
    this.directory = directory;
    this.handler = handler;
    this.runtime = runtime;
  }

  /**
   * Gives {@code runtime} back once it is known to run containers.
   *
   * @param directory of this handler's trials alone, on a file system that a reboot empties: what
   *     passed is noted there, and not tried again
   * @return fails with FAILED_PRECONDITION and the runtime's own words if the container does not
   *     end with 0 within 20 s
   */
  public static Future<PodRuntime> passed(
      Host host, CgroupDriver cgroups, Path directory, Handler handler, PodRuntime runtime) {
    return new Trial(host, cgroups, directory, handler, runtime).passed();
  }

  private Future<PodRuntime> passed() {
    return host.disk()
        .run(this::isNoted)
        .compose(noted -> noted ? Future.succeededFuture() : triedTwice())
        .map(runtime);
  }

  /** A handler is not given up for the whole life of the daemon because of one bad moment. */
  private Future<Void> triedTwice() {
    return tried().recover(_ -> tried());
  }

  private Future<Void> tried() {
    var call =
        Call.of(Call.Tools.plain(), "Trial", Actor.DAEMON, Trace.fresh(), Optional.of(PATIENCE));
    var id = ContainerId.random();
    var place = directory.resolve(id.value()); // its own: a killed daemon's may still be in use
    return host.disk()
        .act(() -> prepare(place))
        .compose(_ -> run(call, id, place))
        .compose(status -> host.disk().run(() -> judged(status, place)))
        .compose(_ -> host.disk().act(this::note))
        .eventually(() -> host.disk().delete(place))
        .recover(
            cause ->
                Future.failedFuture(
                    RuntimeFault.precondition(
                        "a trial container did not run: " + cause.getMessage())));
  }

  private Future<ExitStatus> run(Call call, ContainerId id, Path place) {
    var pod = new PodSpec(SandboxId.random(), place, Map.of(), false, "", "", Confines.NONE);
    var container = container(id, pod.id(), place);
    return runtime
        .open(call, pod)
        .compose(_ -> runtime.create(call, container))
        .compose(_ -> runtime.start(call, container.id()))
        .compose(_ -> within(call, () -> runtime.exit(container.id())))
        .eventually(() -> runtime.delete(call.detached(), container.id()))
        .eventually(() -> runtime.close(call.detached(), pod.id()));
  }

  private static Future<ExitStatus> within(Call call, Callable<Future<ExitStatus>> work) {
    try {
      var left = call.remaining().orElse(PATIENCE);
      return work.call().timeout(left.toMillis() + 1, TimeUnit.MILLISECONDS);
    } catch (Exception thrown) {
      return Future.failedFuture(thrown);
    }
  }

  private ContainerSpec container(ContainerId id, SandboxId pod, Path place) {
    return new ContainerSpec(
        id,
        pod,
        place.resolve("bundle"),
        spec(id),
        new Rootfs(List.of(place.resolve("layer")), place.resolve("rw"), place.resolve("root")),
        Optional.of(log(place)),
        false,
        false,
        false);
  }

  private RuntimeSpec spec(ContainerId id) {
    var none = List.<String>of();
    return new RuntimeSpec(
        RuntimeSpec.VERSION,
        new Process(
            false,
            new User(0, 0, List.of()),
            List.of(isWasm() ? "/trial.wasm" : "/usr/bin/true"),
            List.of("PATH=/usr/bin:/bin"),
            "/",
            new Capabilities(none, none, none, none, none),
            List.of(),
            true,
            null,
            null,
            null),
        null,
        "trial",
        mounts(),
        handler.annotations().always(),
        new Linux(
            Stream.of("pid", "mount", "ipc", "uts", "network")
                .map(type -> new Namespace(type, null))
                .toList(),
            group(id),
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            List.of(),
            null,
            null));
  }

  /** Below what every host has, so that no parent is left over. */
  private String group(ContainerId id) {
    return cgroups == CgroupDriver.SYSTEMD
        ? ControlGroup.member("system.slice", id.value())
        : "/gantry-trial-" + id;
  }

  private static List<Mount> mounts() {
    var mounts = new ArrayList<Mount>();
    mounts.add(new Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")));
    mounts.add(new Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "mode=755")));
    for (var place : HOST_PROGRAMS) {
      if (Files.isDirectory(Path.of(place))) {
        mounts.add(new Mount(place, "bind", place, List.of("bind", "ro")));
      }
    }
    return mounts;
  }

  private boolean isWasm() {
    return handler.annotations().always().getOrDefault("run.oci.handler", "").startsWith("wasm");
  }

  private static void prepare(Path place) throws IOException {
    for (var name : List.of("bundle", "layer", "rw/upper", "rw/work", "root")) {
      Files.createDirectories(place.resolve(name));
    }
    Files.write(place.resolve("layer/trial.wasm"), MODULE);
  }

  private static boolean judged(ExitStatus status, Path place) throws IOException {
    if (status.code() == 0) {
      return true;
    }
    var said = Files.exists(log(place)) ? Files.readString(log(place)).strip() : "";
    throw RuntimeFault.precondition(
        "exit code "
            + status.code()
            + " (expected: 0)"
            + (said.isEmpty() ? "" : ": " + said.substring(0, Math.min(said.length(), SAID_MAX))));
  }

  private boolean isNoted() throws IOException {
    return Files.exists(noted()) && Files.readString(noted()).equals(what());
  }

  private void note() throws IOException {
    Files.writeString(noted(), what());
  }

  /** What has been tried: another file, other options or another version are another trial. */
  private String what() throws IOException {
    var binary = handler.binary().toRealPath();
    return String.join(
        "\n",
        binary.toString(),
        Files.getLastModifiedTime(binary).toString(),
        String.valueOf(Files.size(binary)),
        String.valueOf(handler.options()),
        String.valueOf(handler.blockRoot()),
        String.valueOf(new TreeMap<>(handler.annotations().always())),
        runtime.features().version());
  }

  private Path noted() {
    return directory.resolve("passed");
  }

  private static Path log(Path place) {
    return place.resolve("log");
  }
}
