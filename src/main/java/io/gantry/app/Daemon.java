package io.gantry.app;

import io.gantry.call.Failpoints;
import io.gantry.config.Configuration;
import io.gantry.config.Key;
import io.gantry.config.Owners;
import io.gantry.doctor.Finding.Level;
import io.gantry.errors.RuntimeFault;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;

/** The command line of {@code gantryd}. */
@Command(
    name = "gantryd",
    mixinStandardHelpOptions = true,
    versionProvider = Daemon.VersionText.class,
    description = "Gantry, a container runtime for Kubernetes: serves the CRI on a Unix socket.",
    subcommands = Daemon.Examine.class,
    footer = {
      "",
      "Every key of the configuration can also be set by --set and by an environment variable:",
      "cri.socket is GANTRY_CRI_SOCKET. A flag wins over the environment, which wins over the"
          + " file.",
      "SIGTERM ends the daemon; containers go on running and are found by the next one.",
      "SIGHUP has it probe its runtime handlers again, by their files as they are then."
    })
public final class Daemon implements Callable<Integer> {
  /** What {@code --version} prints. */
  static final class VersionText implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"gantryd " + Version.text()};
    }
  }

  /** {@code gantryd doctor}. */
  @Command(
      name = "doctor",
      mixinStandardHelpOptions = true,
      description = {
        "Says what this host has of what the daemon needs, and what to do about what it lacks."
            + " Needs no running daemon; beside one, gantry doctor asks that."
      },
      footer = {
        "",
        "Exit codes: 0 nothing is broken, 1 it could not look, 2 wrong usage, 4 something is broken.",
        "Example: gantryd doctor --config /etc/gantry/gantry.yaml"
      })
  static final class Examine implements Callable<Integer> {
    private static final int BROKEN = 4;

    @ParentCommand private Daemon daemon;

    @Option(names = "--strict", description = "Warnings count as broken.")
    private boolean strict;

    @SuppressWarnings("NullAway.Init") // picocli sets the parent
    Examine() {}

    @Override
    public Integer call() throws Exception {
      Logging.use("text", "error");
      var report = Examination.of(Owners.of(daemon.configuration()));
      System.out.print(report.text());
      var worst = strict ? Level.WARNING : Level.BROKEN;
      return report.level().compareTo(worst) >= 0 ? BROKEN : 0;
    }
  }

  private static final int FAULT = 1;
  private static final int STOP_SECONDS = 20;

  @Option(
      names = "--config",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "A YAML file. Default: none, all keys have defaults.")
  private @Nullable Path file;

  @Option(
      names = "--check-config",
      description = "Checks the configuration, says what is wrong, and ends.")
  private boolean checkOnly;

  @Option(
      names = "--set",
      scope = ScopeType.INHERIT,
      paramLabel = "KEY=VALUE",
      description = "Sets a key, for example --set log.level=debug.")
  private Map<String, String> flags = new LinkedHashMap<>();

  private Daemon() {}

  /** Runs {@code gantryd} until it is told to end. */
  public static int run(String... arguments) {
    Logging.use("text", "info");
    return new CommandLine(new Daemon())
        .setExecutionExceptionHandler(
            (thrown, line, _) -> {
              line.getErr().println("gantryd: " + RuntimeFault.of(thrown).getMessage());
              return FAULT;
            })
        .execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    var configuration = configuration();
    var failpoints = Failpoints.parse(System.getenv().getOrDefault("GANTRY_FAILPOINTS", ""));
    var owners = Owners.of(configuration); // checks what lies across several keys
    owners.handlers();
    var _ = owners.streaming();
    var _ = owners.api();
    if (checkOnly) {
      System.out.println("configuration: ok");
      return 0;
    }
    Logging.use(configuration.text(Key.LOG_FORMAT), configuration.text(Key.LOG_LEVEL));
    return serve(configuration, failpoints);
  }

  private Configuration configuration() {
    var configuration = Configuration.read(text(), System.getenv(), flags);
    takeDropIns(configuration);
    return configuration;
  }

  private String text() {
    if (file == null) {
      return "";
    }
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw RuntimeFault.invalid(
          "configuration file: " + file + " (expected: a readable file): " + unreadable);
    }
  }

  /** Each file of the folder is a handler; without the folder there are none. */
  private static void takeDropIns(Configuration configuration) {
    var folder = Owners.of(configuration).handlerDropIns();
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var files = Files.newDirectoryStream(folder, "*.yaml")) {
      files.forEach(file -> takeDropIn(configuration, file));
    } catch (IOException unreadable) {
      throw RuntimeFault.invalid("handlers.drop-ins: " + folder + ": " + unreadable);
    }
  }

  private static void takeDropIn(Configuration configuration, Path file) {
    var name = String.valueOf(file.getFileName());
    try {
      configuration.dropIn(name.substring(0, name.lastIndexOf('.')), Files.readString(file));
    } catch (IOException | RuntimeFault wrong) {
      throw RuntimeFault.invalid(file + ": " + wrong.getMessage());
    }
  }

  private int serve(Configuration configuration, Failpoints failpoints)
      throws InterruptedException, IOException {
    var log = LoggerFactory.getLogger(Daemon.class);
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    var owners = Owners.of(configuration);
    Folders.make(owners);
    var vertx = vertx(registry, Folders.cache(owners.run()));
    var gantry = new Gantry(vertx, configuration, registry, failpoints);
    var over = new CountDownLatch(1);
    var stopped = new CountDownLatch(1);
    var failed = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  over.countDown();
                  await(stopped);
                },
                "gantry-shutdown"));
    Hangup.each(() -> probeAgain(gantry));
    gantry
        .start()
        .onSuccess(
            _ -> {
              log.atInfo().addKeyValue("socket", gantry.socket()).log("gantryd serves");
              Notify.tell(System.getenv(), "READY=1");
            })
        .onFailure(
            cause -> {
              var fault = RuntimeFault.of(cause);
              log.atError()
                  .setCause(fault.kind() == RuntimeFault.Kind.INTERNAL ? fault : null)
                  .addKeyValue("error", fault.getMessage())
                  .log("gantryd cannot start");
              failed.set(true);
              over.countDown();
            });
    over.await();
    Notify.tell(System.getenv(), "STOPPING=1");
    gantry.stop().onComplete(_ -> stopped.countDown());
    await(stopped);
    return failed.get() ? FAULT : 0;
  }

  /** A configuration with mistakes changes nothing; all else of it waits for the next start. */
  private void probeAgain(Gantry gantry) {
    var log = LoggerFactory.getLogger(Daemon.class);
    try {
      gantry
          .probeAgain(configuration())
          .onSuccess(_ -> log.atInfo().log("runtime handlers were probed again"))
          .onFailure(cause -> notProbed(log, cause));
    } catch (RuntimeFault mistake) {
      notProbed(log, mistake);
    }
  }

  private static void notProbed(Logger log, Throwable cause) {
    log.atWarn()
        .addKeyValue("error", RuntimeFault.of(cause).getMessage())
        .log("runtime handlers were not probed again");
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("gantryd: did not end in time");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Vertx vertx(PrometheusMeterRegistry registry, Path cache) {
    var files =
        new FileSystemOptions()
            .setClassPathResolvingEnabled(true)
            .setFileCacheDir(cache.toString());
    var metrics = new MicrometerMetricsOptions().setEnabled(true);
    return Vertx.builder()
        .with(
            new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(4)
                .setInternalBlockingPoolSize(4)
                .setFileSystemOptions(files)
                .setMetricsOptions(metrics))
        .withMetrics(new MicrometerMetricsFactory(registry))
        .build();
  }
}
