package io.gantry.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.handler.HandlerConfig.Driver;
import io.gantry.host.Disk;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.FakeRuntime;
import io.gantry.runtime.Features;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandlersTest {
  /** File work at once, on the thread of the caller. */
  private static final Disk DISK =
      new Disk() {
        @Override
        public <T extends @Nullable Object> Future<T> run(Callable<T> work) {
          try {
            return Future.succeededFuture(work.call());
          } catch (Exception thrown) {
            return Future.failedFuture(thrown);
          }
        }
      };

  @TempDir Path bin;
  private final List<Handler> asked = new ArrayList<>();

  @Test
  void discoversCrunFirstAndRuncBesides() throws IOException {
    // Given
    install("runc");
    install("crun");

    // When
    var handlers = open(discovered()).result();

    // Then
    assertThat(handlers.all()).extracting(HandlerStatus::name).containsExactly("crun", "runc");
    assertThat(handlers.all()).extracting(HandlerStatus::isDefault).containsExactly(true, false);
    assertThat(asked).extracting(Handler::binary).contains(bin.resolve("crun"));
    assertThat(handlers.resolve("").result()).isEqualTo("crun");
  }

  @Test
  void discoversWhatIsThere() throws IOException {
    // Given
    install("runc");

    // When
    var handlers = open(discovered()).result();

    // Then
    assertThat(handlers.resolve("").result()).isEqualTo("runc");
    assertThat(handlers.drivers()).hasSize(1);
  }

  @Test
  void takesTheDiscoveredHandlerThatIsNamedAsDefault() throws IOException {
    // Given
    install("runc");
    install("crun");

    // When
    var handlers = open(new HandlersConfig("runc", Map.of(), List.of(bin))).result();

    // Then
    assertThat(handlers.resolve("").result()).isEqualTo("runc");
  }

  @Test
  void hostWithoutAnyRuntimeFailsTheStart() {
    // When
    var opened = open(discovered());

    // Then
    assertThat(opened.cause())
        .hasMessage("runtime handlers: none (expected: one configured, or crun or runc installed)");
  }

  @Test
  void unknownNameIsRefusedWithTheOnesThereAre() throws IOException {
    // Given
    install("runc");
    install("crun");
    var handlers = open(discovered()).result();

    // When
    var refused = handlers.driver("kata");

    // Then
    assertThat(faultOf(refused).kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(faultOf(refused))
        .hasMessage("runtime handler: 'kata' (expected: one of crun, runc)");
    assertThat(faultOf(handlers.resolve("kata")).kind()).isEqualTo(Kind.INVALID_ARGUMENT);
  }

  @Test
  void brokenHandlerIsListedAndRefusedAndStopsNothing() throws IOException {
    // Given
    install("good");
    var config =
        new HandlersConfig(
            "good",
            Map.of("good", HandlerConfig.oci("good"), "bad", HandlerConfig.oci("nowhere")),
            List.of(bin));

    // When
    var handlers = open(config).result();

    // Then
    assertThat(handlers.driver("good").succeeded()).isTrue();
    assertThat(faultOf(handlers.driver("bad")).kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(faultOf(handlers.driver("bad")))
        .hasMessage("runtime handler: 'bad': binary: nowhere (expected: an executable)");
    assertThat(handlers.drivers()).hasSize(1);
    assertThat(handlers.all().get(1).fault()).isPresent();
    assertThat(handlers.all().get(1).features()).isEmpty();
  }

  @Test
  void shimIsFoundByTheTypeThatContainerdHasForIt() throws IOException {
    // Given
    install("containerd-shim-kata-v2");
    var shim =
        new HandlerConfig(
            Driver.SHIM,
            HandlerConfig.shimOf("io.containerd.kata.v2"),
            List.of(),
            Map.of(),
            AnnotationRule.NONE);

    // When
    var handlers = open(new HandlersConfig("kata", Map.of("kata", shim), List.of(bin))).result();

    // Then
    assertThat(handlers.driver("").succeeded()).isTrue();
  }

  @Test
  void typeWithoutAVersionIsNone() {
    assertThatThrownBy(() -> HandlerConfig.shimOf("kata"))
        .hasMessage("runtime type: 'kata' (expected: a name such as io.containerd.runc.v2)");
  }

  @Test
  void driverThatFailsItsProbeIsBroken() throws IOException {
    // Given
    install("runc");

    // When
    var handlers =
        Handlers.open(
                discovered(),
                DISK,
                _ -> Future.failedFuture(RuntimeFault.precondition("runc --version: no")))
            .result();

    // Then
    assertThat(faultOf(handlers.driver("")))
        .hasMessage("runtime handler: 'runc': runc --version: no");
  }

  @Test
  void absolutePathIsTakenAsItIs() throws IOException {
    // Given
    var binary = install("my-runc");

    // When
    open(new HandlersConfig("", Map.of("mine", HandlerConfig.oci(binary.toString())), List.of()));

    // Then
    assertThat(asked)
        .containsExactly(
            new Handler("mine", Driver.OCI, binary, List.of(), Map.of(), AnnotationRule.NONE));
  }

  @Test
  void featuresAreTheDrivers() throws IOException {
    // Given
    install("crun");

    // When
    var handlers = open(discovered()).result();

    // Then
    assertThat(handlers.all().getFirst().features())
        .contains(new Features("fake 1.0", true, false));
  }

  @Test
  void configurationThatCannotBeMeantIsRefused() {
    assertThatThrownBy(
            () -> new HandlersConfig("x", Map.of("runc", HandlerConfig.oci("runc")), List.of(bin)))
        .hasMessage("default runtime handler: 'x' (expected: one of runc)");
    assertThatThrownBy(
            () ->
                new HandlersConfig(
                    "",
                    Map.of("a", HandlerConfig.oci("a"), "b", HandlerConfig.oci("b")),
                    List.of(bin)))
        .hasMessageContaining("expected: a name, where several are configured");
    assertThatThrownBy(
            () -> new HandlersConfig("", Map.of("A/b", HandlerConfig.oci("a")), List.of(bin)))
        .hasMessageContaining("runtime handler: 'A/b'");
  }

  private HandlersConfig discovered() {
    return new HandlersConfig("", Map.of(), List.of(bin));
  }

  private Future<Handlers> open(HandlersConfig config) {
    return Handlers.open(
        config,
        DISK,
        handler -> {
          asked.add(handler);
          return Future.<PodRuntime>succeededFuture(new FakeRuntime());
        });
  }

  private Path install(String name) throws IOException {
    var file = Files.createFile(bin.resolve(name));
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private static RuntimeFault faultOf(Future<?> future) {
    assertThat(future.cause()).isInstanceOf(RuntimeFault.class);
    return (RuntimeFault) future.cause();
  }
}
