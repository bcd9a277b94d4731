package io.gantry.load;

import io.gantry.cri.proto.NamespaceMode;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures two runtimes in turn and writes the tables: {@code Load --peer … --peer … --image REF
 * --registry URL --gantry FILE --crictl FILE --rounds N --what LIST --work DIR --out FILE};
 * loadtests/run.sh knows how to call it. What fails is told and the rest goes on; the exit code is
 * 1 then.
 */
public final class Load {
  private static final int WARM_UPS = 15;
  private static final String PULLED_HOST = "registry.k8s.io";

  private Load() {}

  public static void main(String[] args) throws IOException {
    var options = parse(args);
    var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    var peers = options.get("peer").stream().map(text -> Peer.parse(vertx, text)).toList();
    var work = Path.of(one(options, "work"));
    var rounds = Integer.parseInt(one(options, "rounds"));
    var bench =
        new Bench(vertx, peers, one(options, "image"), work, rounds, new Samples(), new Phases());
    var failed = false;
    for (var peer : peers) {
      Timed.await(peer.cri().pull(bench.image()));
    }
    for (var scenario : wanted(options, rounds).entrySet()) {
      failed |= !took(bench, scenario.getKey(), scenario.getValue());
    }
    Files.writeString(Path.of(one(options, "out")), new Report(bench).text());
    System.out.print(new Report(bench).text());
    System.exit(failed ? 1 : 0);
  }

  private static Map<String, Scenario> scenarios(Map<String, List<String>> options, int rounds) {
    var all = new LinkedHashMap<String, Scenario>();
    all.put("pod", new Lifecycle(NamespaceMode.CONTAINER, WARM_UPS));
    all.put("shared-pid", new Lifecycle(NamespaceMode.POD, 1));
    all.put("exec", Bursts.execs());
    all.put("streams", new Streams());
    all.put("burst10", new Bursts(10, Math.max(1, rounds / 6)));
    all.put("burst50", new Bursts(50, Math.max(1, rounds / 10)));
    var registry = URI.create(one(options, "registry"));
    all.put("pull", new Pulls(registry, PULLED_HOST, Math.max(1, rounds / 4)));
    all.put("crowd", new Crowd());
    all.put("handlers", new Kinds());
    all.put("rest", new Front());
    all.put("events", new Fanout());
    all.put("command", new Commands(one(options, "gantry"), one(options, "crictl")));
    return all;
  }

  private static Map<String, Scenario> wanted(Map<String, List<String>> options, int rounds) {
    var all = scenarios(options, rounds);
    var what = one(options, "what");
    if (what.equals("all")) {
      all.remove("handlers"); // its daemon has more to probe at each start
      return all;
    }
    var chosen = new LinkedHashMap<String, Scenario>();
    for (var name : what.split(",")) {
      if (!all.containsKey(name)) {
        throw new IllegalArgumentException(
            "what: " + name + " (expected: all, or of " + all.keySet() + ")");
      }
      chosen.put(name, all.get(name));
    }
    return chosen;
  }

  private static boolean took(Bench bench, String name, Scenario scenario) {
    var begun = System.nanoTime();
    System.out.println("== " + name);
    try {
      scenario.run(bench);
      Bench.say("took %d s", Duration.ofNanos(System.nanoTime() - begun).toSeconds());
      return true;
    } catch (RuntimeException failure) {
      System.out.println("   FAILED: " + failure.getMessage());
      failure.printStackTrace(System.out);
      return false;
    }
  }

  private static Map<String, List<String>> parse(String[] args) {
    var options = new LinkedHashMap<String, List<String>>();
    for (var i = 0; i + 1 < args.length; i += 2) {
      options
          .computeIfAbsent(args[i].replaceFirst("^--", ""), _ -> new ArrayList<>())
          .add(args[i + 1]);
    }
    return options;
  }

  private static String one(Map<String, List<String>> options, String name) {
    var values = options.get(name);
    if (values == null) {
      throw new IllegalArgumentException("--" + name + ": missing");
    }
    return values.getLast();
  }
}
