package io.gantry.handler;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Disk;
import io.gantry.runtime.Features;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Handlers as they were when they were probed last. */
final class ProbedHandlers implements Handlers {
  /** What is looked for where nothing is configured: the first one found is the default. */
  private static final List<String> KNOWN = List.of("crun", "runc");

  private static final Logger LOGGER = LoggerFactory.getLogger(ProbedHandlers.class);

  /** A name with the driver that works, or with what is wrong. */
  private sealed interface Probed {
    HandlerConfig config();

    record Working(HandlerConfig config, PodRuntime driver) implements Probed {}

    record Broken(HandlerConfig config, RuntimeFault fault) implements Probed {}
  }

  /**
   * What one probing found.
   *
   * @param made every driver so far, by the name of its handler
   */
  private record Found(
      String defaultName, Map<String, Probed> handlers, Map<String, PodRuntime> made) {}

  private final Disk disk;
  private final Function<Handler, Future<PodRuntime>> driver;
  private volatile Found found = new Found("", Map.of(), Map.of());

  private ProbedHandlers(Disk disk, Function<Handler, Future<PodRuntime>> driver) {
    this.disk = disk;
    this.driver = driver;
  }

  static Future<Handlers> open(
      HandlersConfig config, Disk disk, Function<Handler, Future<PodRuntime>> driver) {
    var handlers = new ProbedHandlers(disk, driver);
    return handlers.again(config).map(handlers);
  }

  @Override
  public Future<Void> again(HandlersConfig config) {
    return disk.run(() -> named(config))
        .compose(
            named ->
                probe(config, named, disk, driver)
                    .map(
                        probed -> {
                          found = new Found(defaultName(config, named), probed, with(probed));
                          return null;
                        }));
  }

  /** Those made so far, with the newest. */
  private Map<String, PodRuntime> with(Map<String, Probed> probed) {
    var made = new TreeMap<>(found.made());
    probed.forEach(
        (name, one) -> {
          if (one instanceof Probed.Working(_, var driver)) {
            made.put(name, driver);
          }
        });
    return Map.copyOf(made);
  }

  @Override
  public Optional<PodRuntime> made(String name) {
    return Optional.ofNullable(found.made().get(name));
  }

  static Future<List<HandlerStatus>> look(
      HandlersConfig config, Disk disk, Function<Handler, Future<Features>> probe) {
    return disk.run(() -> named(config))
        .compose(
            named -> {
              var standard = defaultName(config, named);
              return Future.all(
                  named.entrySet().stream()
                      .map(
                          one ->
                              disk.run(() -> located(one.getKey(), one.getValue(), config.path()))
                                  .compose(probe)
                                  .map(
                                      features ->
                                          new HandlerStatus(
                                              one.getKey(),
                                              one.getKey().equals(standard),
                                              one.getValue().annotations(),
                                              one.getValue().overhead(),
                                              Optional.of(features),
                                              Optional.empty()))
                                  .otherwise(
                                      cause ->
                                          new HandlerStatus(
                                              one.getKey(),
                                              one.getKey().equals(standard),
                                              one.getValue().annotations(),
                                              one.getValue().overhead(),
                                              Optional.empty(),
                                              Optional.of(RuntimeFault.of(cause)))))
                      .toList());
            })
        .map(found -> sorted(found.<HandlerStatus>list()));
  }

  private static Map<String, HandlerConfig> named(HandlersConfig config) {
    var named =
        config.handlers().isEmpty() ? discovered(config) : new LinkedHashMap<>(config.handlers());
    new TreeMap<>(config.dropIns()).forEach(named::put);
    if (named.isEmpty()) {
      throw RuntimeFault.precondition(
          "runtime handlers: none (expected: one configured, or "
              + String.join(" or ", KNOWN)
              + " installed)");
    }
    return named;
  }

  private static Map<String, HandlerConfig> discovered(HandlersConfig config) {
    var discovered = new LinkedHashMap<String, HandlerConfig>();
    for (var name : KNOWN) {
      if (found(name, config.path()).isPresent()) {
        discovered.put(name, HandlerConfig.oci(name));
      }
    }
    return discovered;
  }

  private static String defaultName(HandlersConfig config, Map<String, HandlerConfig> named) {
    return named.containsKey(config.defaultName())
        ? config.defaultName()
        : named.keySet().iterator().next();
  }

  private static Future<Map<String, Probed>> probe(
      HandlersConfig config,
      Map<String, HandlerConfig> named,
      Disk disk,
      Function<Handler, Future<PodRuntime>> driver) {
    var probes = new LinkedHashMap<String, Future<Probed>>();
    named.forEach((name, one) -> probes.put(name, probe(name, one, config.path(), disk, driver)));
    return Future.join(List.copyOf(probes.values()))
        .map(
            _ -> {
              var probed = new LinkedHashMap<String, Probed>();
              probes.forEach((name, result) -> probed.put(name, result.result()));
              return probed;
            });
  }

  private static Future<Probed> probe(
      String name,
      HandlerConfig config,
      List<Path> path,
      Disk disk,
      Function<Handler, Future<PodRuntime>> driver) {
    return disk.run(() -> located(name, config, path))
        .compose(driver)
        .<Probed>map(made -> new Probed.Working(config, made))
        .otherwise(cause -> broken(name, config, RuntimeFault.of(cause)));
  }

  private static Probed broken(String name, HandlerConfig config, RuntimeFault fault) {
    LOGGER
        .atWarn()
        .addKeyValue("handler", name)
        .addKeyValue("error", fault.getMessage())
        .log("a runtime handler cannot be used");
    return new Probed.Broken(config, fault);
  }

  private static Handler located(String name, HandlerConfig config, List<Path> path) {
    var binary =
        found(config.binary(), path)
            .orElseThrow(
                () ->
                    RuntimeFault.precondition(
                        "binary: " + config.binary() + " (expected: an executable)"));
    return new Handler(
        name,
        config.driver(),
        binary,
        config.options(),
        config.quirks(),
        config.annotations(),
        config.blockRoot());
  }

  private static Optional<Path> found(String binary, List<Path> path) {
    if (binary.startsWith("/")) {
      return Optional.of(Path.of(binary)).filter(Files::isExecutable);
    }
    return binary.contains("/") || binary.isEmpty()
        ? Optional.empty()
        : path.stream()
            .map(directory -> directory.resolve(binary))
            .filter(Files::isRegularFile)
            .filter(Files::isExecutable)
            .findFirst();
  }

  @Override
  public Future<PodRuntime> driver(String name) {
    return resolve(name)
        .compose(
            resolved ->
                switch (found.handlers().get(resolved)) {
                  case Probed.Working(_, var driver) -> Future.succeededFuture(driver);
                  case Probed.Broken(_, var fault) -> Future.failedFuture(refused(resolved, fault));
                  case null -> Future.failedFuture(unknown(resolved));
                });
  }

  @Override
  public Future<String> resolve(String name) {
    var now = found;
    var resolved = name.isEmpty() ? now.defaultName() : name;
    return now.handlers().containsKey(resolved)
        ? Future.succeededFuture(resolved)
        : Future.failedFuture(unknown(name));
  }

  @Override
  public List<PodRuntime> drivers() {
    return found.handlers().values().stream()
        .filter(Probed.Working.class::isInstance)
        .map(working -> ((Probed.Working) working).driver())
        .toList();
  }

  @Override
  public List<HandlerStatus> all() {
    var now = found;
    return sorted(
        now.handlers().entrySet().stream()
            .map(
                one -> status(one.getKey(), one.getKey().equals(now.defaultName()), one.getValue()))
            .toList());
  }

  private static List<HandlerStatus> sorted(List<HandlerStatus> all) {
    return all.stream()
        .sorted(
            Comparator.comparing((HandlerStatus one) -> !one.isDefault())
                .thenComparing(HandlerStatus::name))
        .toList();
  }

  private static HandlerStatus status(String name, boolean isDefault, Probed probed) {
    var annotations = probed.config().annotations();
    var overhead = probed.config().overhead();
    return switch (probed) {
      case Probed.Working(_, var driver) ->
          new HandlerStatus(
              name,
              isDefault,
              annotations,
              overhead,
              Optional.of(driver.features()),
              Optional.empty());
      case Probed.Broken(_, var fault) ->
          new HandlerStatus(
              name, isDefault, annotations, overhead, Optional.empty(), Optional.of(fault));
    };
  }

  private static RuntimeFault refused(String name, RuntimeFault fault) {
    return new RuntimeFault(
        Kind.FAILED_PRECONDITION, "runtime handler: '" + name + "': " + fault.getMessage());
  }

  private RuntimeFault unknown(String name) {
    return RuntimeFault.invalid(
        "runtime handler: '"
            + name
            + "' (expected: one of "
            + String.join(", ", found.handlers().keySet().stream().sorted().toList())
            + ")");
  }
}
