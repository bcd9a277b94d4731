package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.LinuxHost;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A host, a driver and what is needed to try them: each call is made on a Vert.x context and must
 * complete there; after each test no process, mount or control group may be left.
 */
public abstract class PodRuntimeFixture {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir static Path shared;
  protected static Vertx vertx;
  protected static Host host;
  static Path layer;

  @TempDir protected Path directory;
  protected final SandboxId pod = SandboxId.random();
  protected final String group = "/gantry-test-" + pod.value().substring(0, 12);
  protected final List<ContainerSpec> made = new ArrayList<>();
  protected final List<PodSpec> opened = new ArrayList<>();
  protected PodRuntime runtime;

  /** A new instance of the driver over {@code directory}, as after a restart. */
  protected abstract Future<PodRuntime> driver(Vertx vertx, Host host, Path directory);

  @BeforeAll
  static void startHost() throws IOException {
    vertx = Vertx.vertx();
    host = LinuxHost.on(vertx);
    layer = BusyboxRootfs.layer(shared.resolve("layer"));
  }

  @AfterAll
  static void closeHost() {
    await(vertx.close());
  }

  @BeforeEach
  void startDriver() {
    runtime = await(driver(vertx, host, directory.resolve("driver")));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    for (var container : made) {
      on(() -> runtime.delete(call(), container.id()));
      assertThat(listing(container.directory())).as("bundle").isEmpty();
    }
    for (var spec : opened) {
      on(() -> runtime.close(call(), spec.id()));
      assertThat(listing(spec.directory())).as("pod directory").isEmpty();
    }
    assertThat(on(() -> host.mounts().below(directory))).as("mounts").isEmpty();
    assertThat(on(() -> host.cgroups().children(group))).as("control groups").isEmpty();
    assertThat(processesNaming(directory)).as("processes").isEmpty();
    on(() -> host.cgroups().remove(group));
  }

  protected ContainerSpec sleeping() {
    var container = container("/bin/sleep", "600");
    run(container);
    return container;
  }

  protected ContainerSpec container(String... command) {
    return container(spec -> spec, command);
  }

  ContainerSpec container(UnaryOperator<RuntimeSpec> change, String... command) {
    var id = ContainerId.random();
    return spec(
        id,
        change.apply(Specs.running(cgroup(id), false, List.of(command), Optional.empty())),
        false);
  }

  ContainerSpec terminal(String... command) {
    var id = ContainerId.random();
    return spec(id, Specs.running(cgroup(id), true, List.of(command), Optional.empty()), true);
  }

  ContainerSpec sharing(Path namespace, String... command) {
    var id = ContainerId.random();
    var pid = Optional.of(namespace.toString());
    return spec(id, Specs.running(cgroup(id), false, List.of(command), pid), false);
  }

  /** Before the first container of a test, for drivers whose containers need their pod. */
  protected void openIfNeeded() {}

  private ContainerSpec spec(ContainerId id, RuntimeSpec spec, boolean terminal) {
    openIfNeeded();
    try {
      var home = Files.createDirectories(directory.resolve(id.value().substring(0, 12)));
      var writable = Files.createDirectories(home.resolve("writable"));
      Files.createDirectories(writable.resolve("upper"));
      Files.createDirectories(writable.resolve("work"));
      var target = Files.createDirectories(home.resolve("rootfs"));
      var container =
          new ContainerSpec(
              id,
              pod,
              Files.createDirectories(home.resolve("bundle")),
              spec,
              new Rootfs(List.of(layer), writable, target),
              Optional.of(home.resolve("0.log")),
              terminal,
              terminal,
              false);
      made.add(container);
      return container;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  protected PodSpec pod(boolean sharedPid) {
    try {
      var spec =
          new PodSpec(
              pod,
              Files.createDirectories(directory.resolve("pod")),
              Map.of(),
              sharedPid,
              group,
              "pod",
              Confines.NONE);
      opened.add(spec);
      return spec;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  protected String cgroup(ContainerId id) {
    return group + "/" + id;
  }

  protected ContainerProcess run(ContainerSpec container) {
    var process = on(() -> runtime.create(call(), container));
    on(() -> runtime.start(call(), container.id()));
    return process;
  }

  /** A new driver over what the last one left, as after kill -9 and a start. */
  protected Map<ContainerId, Recovered> restart() {
    runtime = await(driver(vertx, host, directory.resolve("driver")));
    return on(() -> runtime.recover(call(), List.copyOf(opened), List.copyOf(made)));
  }

  protected static ExecSpec command(String... command) {
    return new ExecSpec(List.of(command), Optional.empty(), 1 << 20);
  }

  protected static Call call() {
    return Call.internal(Call.Tools.plain(), "Test");
  }

  static void awaitLog(ContainerSpec container, String text) {
    awaitTrue(
        () -> {
          try {
            return Files.readString(container.log().orElseThrow()).contains(text.strip());
          } catch (IOException notYet) {
            return false;
          }
        });
  }

  protected static void awaitTrue(Supplier<Boolean> condition) {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.get()) {
      assertThat(System.nanoTime()).as("patience").isLessThan(end);
      await(vertx.timer(10, TimeUnit.MILLISECONDS));
    }
  }

  protected static RuntimeFault faultOf(Supplier<? extends Future<?>> work) {
    var result = new CompletableFuture<Throwable>();
    vertx
        .getOrCreateContext()
        .runOnContext(
            _ ->
                work.get()
                    .onComplete(
                        done ->
                            result.complete(
                                done.succeeded()
                                    ? new AssertionError("succeeded: " + done.result())
                                    : done.cause())));
    var cause = take(result);
    assertThat(cause).isInstanceOf(RuntimeFault.class);
    return (RuntimeFault) cause;
  }

  /** The result, which must come on the context of the caller. */
  protected static <T> T on(Supplier<Future<T>> work) {
    return await(onContext(work));
  }

  protected static <T> Future<T> onContext(Supplier<Future<T>> work) {
    var context = vertx.getOrCreateContext();
    var result = Promise.<T>promise();
    context.runOnContext(
        _ ->
            work.get()
                .onComplete(
                    done -> {
                      if (Vertx.currentContext() != context) {
                        result.tryFail(
                            new AssertionError("completed on " + Thread.currentThread()));
                      } else if (done.succeeded()) {
                        result.tryComplete(done.result());
                      } else {
                        result.tryFail(done.cause());
                      }
                    }));
    return result.future();
  }

  protected static <T> T await(Future<T> future) {
    return take(future.toCompletionStage().toCompletableFuture());
  }

  private static <T> T take(CompletableFuture<T> result) {
    try {
      return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw new AssertionError(failed.getCause());
    } catch (InterruptedException | TimeoutException late) {
      throw new AssertionError(late);
    }
  }

  protected static List<String> listing(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** What is left of containers: the processes and the mounts that the open pod does not need. */
  protected List<String> left() {
    var left = new ArrayList<>(processesNaming(directory));
    on(() -> host.mounts().below(directory)).forEach(mount -> left.add(mount.target().toString()));
    return left;
  }

  /** Processes with the test's directory among their arguments: conmon, runtimes. */
  protected static List<String> processesNaming(Path directory) {
    try (var entries = Files.list(Path.of("/proc"))) {
      return entries
          .filter(entry -> String.valueOf(entry.getFileName()).matches("[0-9]+"))
          .map(PodRuntimeFixture::commandLine)
          .filter(line -> line.contains(directory.toString()))
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String commandLine(Path process) {
    try {
      return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
    } catch (IOException gone) {
      return "";
    }
  }
}
