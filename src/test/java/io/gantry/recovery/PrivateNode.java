package io.gantry.recovery;

import io.gantry.client.DebianRegistry;
import io.gantry.client.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A folder with all that one daemon needs, a registry, and a daemon that can be killed. Everything
 * is below the folder but for one bridge, which {@link #close} deletes.
 */
public final class PrivateNode implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(40);

  /** Whoever starts a test by nohup(1) has its children ignore SIGHUP; so all do that here. */
  private static final List<String> AS_BY_NOHUP =
      List.of("/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\"");

  /**
   * Hangs up on a process from the moment when it is a JVM until it handles that, which is the
   * lowest bit of SigCgt in proc(5), and some times more.
   */
  private static final String HANGING_UP =
      """
      until [ "$(basename "$(readlink /proc/$1/exe)")" = java ]; do :; done
      until grep -q 'SigCgt:.*[13579bdf]$' /proc/$1/status; do kill -HUP $1 || exit; done
      for again in 1 2 3 4 5 6 7 8 9 10; do kill -HUP $1; done
      """;

  /** The tree that {@code make build} makes, with its AOT cache if there is one. */
  private static final Path GANTRYD = Path.of("target/gantry/bin/gantryd").toAbsolutePath();

  private static final String BRIDGE = "gantry-kill";

  private final List<Path> groupsOfOthers;
  private final Path folder;
  private final DebianRegistry registry;
  private Process daemon;

  @SuppressWarnings("NullAway.Init") // the daemon comes with start
  private PrivateNode(Path folder, DebianRegistry registry) throws IOException {
    this.groupsOfOthers = allGroups();
    this.folder = folder;
    this.registry = registry;
  }

  public static PrivateNode in(Path folder) throws IOException {
    return in(folder, "");
  }

  /**
   * One with more lines in its configuration.
   *
   * @param more YAML of keys that it does not set
   */
  public static PrivateNode in(Path folder, String more) throws IOException {
    for (var name : List.of("root", "run", "cni", "leases", "certs.d/registry.example")) {
      Files.createDirectories(folder.resolve(name));
    }
    var registry = DebianRegistry.in(folder.resolve("registry"));
    Files.writeString(
        folder.resolve("certs.d/registry.example/hosts.toml"),
        "server = \"http://" + registry.host() + "\"\n");
    Files.writeString(folder.resolve("cni/10-kill.conflist"), network(folder));
    Files.writeString(folder.resolve("gantry.yaml"), configuration(folder, more));
    return new PrivateNode(folder, registry);
  }

  public DebianRegistry registry() {
    return registry;
  }

  public Path socket() {
    return folder.resolve("run/gantry.sock");
  }

  public Path log() {
    return folder.resolve("gantryd.log");
  }

  /**
   * Starts the daemon with these failpoints.
   *
   * @return whether it serves: a failpoint may stop it before
   */
  public boolean start(String failpoints) throws IOException {
    var _ = startForKubelet(failpoints);
    return serves(folder.resolve("run/api.sock"));
  }

  /** The same; the REST API may not be there yet. */
  boolean startForKubelet(String failpoints) throws IOException {
    launch(AS_BY_NOHUP, failpoints);
    return serves(socket());
  }

  /**
   * Starts the daemon, and hangs up on it in its first instant.
   *
   * @return whether it serves nevertheless
   */
  public boolean startHungUpOn() throws IOException {
    launch(List.of(), "");
    gone(
        new ProcessBuilder("/bin/sh", "-c", HANGING_UP, "sh", Long.toString(daemon.pid())).start());
    return serves(folder.resolve("run/api.sock"));
  }

  private void launch(List<String> by, String failpoints) throws IOException {
    var words = new ArrayList<>(by);
    words.addAll(List.of(GANTRYD.toString(), "--config", folder.resolve("gantry.yaml").toString()));
    var command =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log().toFile()));
    command
        .environment()
        .put("GANTRY_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:NativeMemoryTracking=summary");
    command.environment().put("GANTRY_FAILPOINTS", failpoints);
    var started = command.start();
    daemon = started;
    started.getOutputStream().close();
  }

  private boolean serves(Path door) {
    Waiting.until(START, () -> !daemon.isAlive() || Waiting.accepts(door));
    return daemon.isAlive();
  }

  public boolean serves() {
    return daemon.isAlive();
  }

  /** SIGKILL. */
  public void kill() {
    gone(daemon.destroyForcibly());
  }

  /** SIGHUP. */
  public void hangUp() throws IOException {
    gone(new ProcessBuilder("kill", "-HUP", Long.toString(daemon.pid())).start());
  }

  /** SIGTERM. */
  public void end() {
    daemon.destroy();
    gone(daemon);
  }

  /** How many descriptors the daemon has open. */
  public int descriptors() throws IOException {
    try (var all = Files.list(proc("fd"))) {
      return Math.toIntExact(all.count());
    }
  }

  /** How many threads the daemon has. */
  public int threads() throws IOException {
    return Math.toIntExact(status("Threads"));
  }

  /**
   * What of the daemon is in memory, once the garbage on its heap has been collected and the JVM
   * has given back what that took: the garbage of a short test would lie about for minutes.
   */
  public long residentBytes() throws IOException {
    var _ = jcmd("GC.run");
    return status("VmRSS") << 10;
  }

  /** What the daemon has allocated beside the heap for its own buffers, garbage apart. */
  public long directBytes() throws IOException {
    var _ = jcmd("GC.run");
    var tracked = jcmd("VM.native_memory");
    var other =
        Pattern.compile("Other \\(reserved=[0-9]+KB, committed=([0-9]+)KB").matcher(tracked);
    if (!other.find()) {
      throw new IOException(tracked);
    }
    return Long.parseLong(other.group(1)) << 10;
  }

  private String jcmd(String order) throws IOException {
    var asked =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/jcmd").toString(),
                Long.toString(daemon.pid()),
                order)
            .redirectErrorStream(true)
            .start();
    return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private long status(String name) throws IOException {
    return Files.readAllLines(proc("status")).stream()
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  private Path proc(String file) {
    return Path.of("/proc", Long.toString(daemon.pid()), file);
  }

  /** What is mounted below the folder. */
  public List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .map(line -> line.split(" ")[4])
        .filter(target -> target.startsWith(folder.toString() + "/"))
        .toList();
  }

  /** Processes that were started for this node, the daemon and the registry apart. */
  public List<String> processes() throws IOException {
    try (var all = Files.list(Path.of("/proc"))) {
      return all.filter(path -> path.getFileName().toString().matches("[0-9]+"))
          .map(PrivateNode::commandLine)
          .filter(line -> line.contains(folder + "/"))
          .filter(line -> !line.contains("io.gantry.Main") && !line.contains("registry.yml"))
          .toList();
    }
  }

  /** The command lines of all processes there are. */
  public static List<String> commandLines() {
    try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      return StreamSupport.stream(all.spliterator(), false).map(PrivateNode::commandLine).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String commandLine(Path process) {
    try {
      return Files.readString(process.resolve("cmdline")).replace('\0', ' ');
    } catch (IOException gone) {
      return "";
    }
  }

  /** Addresses that are leased. */
  public List<Path> leases() throws IOException {
    try (var all = Files.walk(folder.resolve("leases"))) {
      return all.filter(path -> path.getFileName().toString().matches("[0-9.]+")).toList();
    }
  }

  /** Files in the folders of sandboxes, containers and bundles. */
  public List<Path> remains() throws IOException {
    var found = Stream.<Path>builder();
    for (var name :
        List.of("run/sandboxes", "run/containers", "run/volumes", "run/specs", "root/containers")) {
      var path = folder.resolve(name);
      if (Files.exists(path)) {
        try (var children = Files.list(path)) {
          children.forEach(found::add);
        }
      }
    }
    return found.build().toList();
  }

  /** Control groups of pods that were not there before. */
  public List<Path> groups() throws IOException {
    return allGroups().stream().filter(group -> !groupsOfOthers.contains(group)).toList();
  }

  private static List<Path> allGroups() throws IOException {
    var found = Stream.<Path>builder();
    try (var hierarchies = Files.newDirectoryStream(Path.of("/sys/fs/cgroup"))) {
      for (var hierarchy : hierarchies) {
        if (Files.isDirectory(hierarchy)) {
          try (var groups = Files.newDirectoryStream(hierarchy, "gantry-*")) {
            groups.forEach(found::add);
          }
        }
      }
    }
    return found.build().toList();
  }

  @Override
  public void close() throws IOException {
    if (daemon != null) {
      gone(daemon.destroyForcibly());
    }
    registry.close();
    gone(new ProcessBuilder("ip", "link", "delete", BRIDGE).start());
  }

  private static void gone(Process process) {
    process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static String configuration(Path folder, String more) {
    var handlers = more.contains("handlers:") ? "" : "handlers: {default: crun}\n";
    return """
    root: %1$s/root
    run: %1$s/run
    cri: {socket: %1$s/run/gantry.sock}
    api: {socket: %1$s/run/api.sock}
    registry: {hosts: %1$s/certs.d}
    cni: {conf-dir: %1$s/cni}
    metrics: {listen: "127.0.0.1:0"}
    log: {level: debug}
    """
            .formatted(folder)
        + handlers
        + more;
  }

  private static String network(Path folder) {
    return """
    {"cniVersion": "1.0.0", "name": "kill", "plugins": [
      {"type": "bridge", "bridge": "%s", "isGateway": true,
       "ipam": {"type": "host-local", "dataDir": "%s/leases",
                "ranges": [[{"subnet": "10.233.0.0/16"}]]}}]}
    """
        .formatted(BRIDGE, folder);
  }
}
