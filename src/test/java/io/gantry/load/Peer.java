package io.gantry.load;

import io.gantry.client.CriClient;
import io.gantry.client.Waiting;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A runtime that is measured: its socket, and what /proc says of all its processes.
 *
 * @param name as in the tables
 * @param dir the folder that everything of it lives in; it stands among the arguments of its
 *     processes
 * @param group the control group that its daemon was started in; monitors and shims stay there
 * @param again starts it in the background once more after a kill; writes {@code dir/pid}
 * @param metrics where its phases are served, if they are
 */
record Peer(
    String name,
    Path socket,
    Path dir,
    String group,
    Path again,
    Optional<String> metrics,
    CriClient cri) {
  private static final Duration DEADLINE = Duration.ofMinutes(4);
  private static final Set<String> HELPERS = Set.of("pause", "catatonit");
  private static final long KIBIBYTE = 1024;

  /** {@code NAME,SOCKET,DIR,GROUP,AGAIN[,METRICS-URL]}. */
  static Peer parse(Vertx vertx, String text) {
    var parts = text.split(",");
    if (parts.length < 5) {
      throw new IllegalArgumentException(
          "peer: '" + text + "' (expected: NAME,SOCKET,DIR,GROUP,AGAIN[,METRICS-URL])");
    }
    var socket = Path.of(parts[1]);
    return new Peer(
        parts[0],
        socket,
        Path.of(parts[2]),
        parts[3],
        Path.of(parts[4]),
        parts.length > 5 ? Optional.of(parts[5]) : Optional.empty(),
        CriClient.on(vertx, socket, DEADLINE));
  }

  int pid() {
    return Integer.parseInt(read(dir.resolve("pid")).strip());
  }

  /** Kills the daemon, and nothing else of it; gives the moment, by {@link System#nanoTime}. */
  long kill() {
    var pid = pid();
    var daemon = ProcessHandle.of(pid).orElseThrow();
    var at = System.nanoTime();
    run("kill", "-9", String.valueOf(pid));
    Waiting.until(Duration.ofSeconds(10), () -> !daemon.isAlive());
    return at;
  }

  /** Starts the daemon again; does not wait until it serves. */
  void startAgain() {
    run(again.toString(), dir.toString());
  }

  /** Proportional set size of the daemon, its monitors or shims and its pods' own processes. */
  double memoryMebibytes() {
    return processes().stream().mapToLong(Peer::pssBytes).sum() / (double) (KIBIBYTE * KIBIBYTE);
  }

  /** The same of the daemon alone. */
  double daemonMebibytes() {
    return pssBytes(pid()) / (double) (KIBIBYTE * KIBIBYTE);
  }

  /** Processor time of everything that ever ran in the daemon's group, ended processes too. */
  double cpuSeconds() {
    var v1 = Path.of("/sys/fs/cgroup/cpuacct", group, "cpuacct.usage");
    if (Files.exists(v1)) {
      return Long.parseLong(read(v1).strip()) / 1e9;
    }
    return read(Path.of("/sys/fs/cgroup", group, "cpu.stat"))
        .lines()
        .filter(line -> line.startsWith("usage_usec "))
        .mapToDouble(line -> Long.parseLong(line.substring("usage_usec ".length())) / 1e6)
        .findFirst()
        .orElseThrow();
  }

  /** The daemon, whoever has the folder among its arguments, and the pods' own below those. */
  private Set<Integer> processes() {
    var parents = new HashMap<Integer, Integer>();
    var ours = new HashSet<Integer>();
    ours.add(pid());
    var mark = dir + "/";
    for (var pid : pids()) {
      read(pid, "stat").ifPresent(stat -> parents.put(pid, parent(stat)));
      if (read(pid, "cmdline").filter(line -> line.contains(mark)).isPresent()
          && read(pid, "comm").filter(name -> !name.startsWith("docker-reg")).isPresent()) {
        ours.add(pid);
      }
    }
    ours.remove((int) ProcessHandle.current().pid());
    var helpers = new HashSet<Integer>();
    parents.forEach(
        (pid, parent) -> {
          if (ours.contains(parent) && read(pid, "comm").filter(HELPERS::contains).isPresent()) {
            helpers.add(pid);
          }
        });
    ours.addAll(helpers);
    return ours;
  }

  private static Set<Integer> pids() {
    try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
      var pids = new HashSet<Integer>();
      entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.chars().allMatch(Character::isDigit))
          .forEach(name -> pids.add(Integer.parseInt(name)));
      return pids;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int parent(String stat) {
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 4).split(" ")[0]);
  }

  /** Zero for a process that has just ended. */
  private static long pssBytes(int pid) {
    return read(pid, "smaps_rollup").stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("Pss:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * KIBIBYTE)
        .sum();
  }

  private static Optional<String> read(int pid, String file) {
    try {
      return Optional.of(Files.readString(Path.of("/proc", String.valueOf(pid), file)).strip());
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(String... command) {
    try {
      var process = new ProcessBuilder(command).inheritIO().start();
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(Map.of(command[0], "failed").toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
