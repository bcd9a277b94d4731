package io.gantry.network;

import static io.gantry.network.NetworksContract.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Command;
import io.gantry.host.FakeHost;
import io.gantry.host.FakeProcesses;
import io.gantry.host.Processes.Output;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong around the plugins: the disk and the call. */
class CniNetworksTest {
  private static final RuntimeFault FULL = RuntimeFault.exhausted("disk: no space left");

  @TempDir Path temp;
  private final Vertx vertx = Vertx.vertx();
  private final FakeHost host = new FakeHost();
  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  private final SandboxId pod = SandboxId.random();
  private final List<String> runs = new ArrayList<>();
  private Runnable duringAdd = () -> {};
  private Networks networks;

  @BeforeEach
  void attachByBridge() throws IOException {
    var bin = Files.createDirectories(temp.resolve("bin"));
    var bridge = Files.createFile(bin.resolve("bridge"));
    assertThat(bridge.toFile().setExecutable(true)).isTrue();
    Files.createDirectories(temp.resolve("net.d"));
    Files.writeString(
        temp.resolve("net.d/10-net.conf"),
        "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"type\":\"bridge\"}");
    host.processes().whenRun(_ -> true, this::answer);
    var config =
        new NetworkConfig(
            temp.resolve("net.d"),
            List.of(bin),
            temp.resolve("cache"),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Optional.empty());
    networks = result(Cni.networks(vertx, host, config));
  }

  @AfterEach
  void close() {
    result(vertx.close());
  }

  private Output answer(Command command) {
    var verb = command.environment().getOrDefault("CNI_COMMAND", "");
    runs.add(verb);
    if (verb.equals("ADD")) {
      duringAdd.run();
    }
    var said = verb.equals("ADD") ? "{\"ips\":[{\"address\":\"10.9.0.5/16\"}]}" : "";
    return FakeProcesses.output(0, said, "");
  }

  private RuntimeFault faultOfAttach() {
    var request = new Attach(pod, "default", "web", "uid", temp.resolve("net"), List.of());
    var done = result(networks.attach(call, request).transform(Future::succeededFuture));
    assertThat(done.cause()).isInstanceOf(RuntimeFault.class);
    return (RuntimeFault) done.cause();
  }

  @Test
  void resultThatCannotBeKeptIsAFailedAdd() {
    // Given
    duringAdd = () -> host.failNext("disk.run", FULL);

    // When
    var fault = faultOfAttach();

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
    assertThat(runs).containsExactly("ADD", "DEL");
    assertThat(result(networks.cached())).isEmpty();
  }

  @Test
  void requestThatCannotBeKeptRunsNothing() throws IOException {
    // Given
    Files.delete(temp.resolve("cache"));
    Files.createFile(temp.resolve("cache"));

    // When
    var fault = faultOfAttach();

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INTERNAL);
    assertThat(runs).isEmpty();
  }

  @Test
  void callCancelledInTheLastPluginIsDetached() {
    // Given
    duringAdd = () -> call.cancel("nobody waits");

    // When
    var fault = faultOfAttach();

    // Then
    assertThat(fault).hasMessage("Test: nobody waits");
    assertThat(runs).containsExactly("ADD", "DEL");
    assertThat(result(networks.cached())).isEmpty();
  }
}
