package io.gantry.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.Reach;
import io.gantry.runtime.Recovered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("root")
class ConmonRuncIT extends ConmonContract {
  ConmonRuncIT() {
    super(Path.of("/usr/sbin/runc"));
  }

  private Path gate(ContainerSpec container, String name) {
    return driverDirectory().resolve("state").resolve(container.id().value()).resolve(name);
  }

  private ContainerSpec created(String... command) {
    var container = container(command);
    on(() -> runtime.create(call(), container));
    return container;
  }

  private ContainerSpec beingStarted() throws IOException {
    var container = created("/bin/sh", "-c", "exit 6");
    Files.move(gate(container, "exec.fifo"), gate(container, "exec.fifo.opening"));
    return container;
  }

  @Test
  void startThatWasCutOffIsFinishedByTheNextDaemon() throws IOException {
    // Given
    var container = beingStarted();

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isInstanceOf(Recovered.Running.class);
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(6);
  }

  @Test
  void startThatHadHappenedIsFoundByTheNextDaemon() throws IOException {
    // Given
    var container = created("/bin/sleep", "600");
    Files.move(gate(container, "exec.fifo"), gate(container, "exec.fifo.opening"));
    assertThat(Files.readString(gate(container, "exec.fifo.opening"))).isEqualTo("0");

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isInstanceOf(Recovered.Running.class);
    on(() -> runtime.signal(call(), container.id(), 9, Reach.FIRST));
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(137);
  }

  @Test
  void initThatIsKilledWhileItIsLetGoFailsTheStartAtOnce() {
    // Given
    var container = container("/bin/sleep", "600");
    var init = on(() -> runtime.create(call(), container)).first();
    on(() -> host.processes().signal(init, 19)); // SIGSTOP: it does not come to the FIFO

    // When
    var starting = runtime.start(call(), container.id());
    on(() -> host.processes().signal(init, 9));

    // Then
    var fault = faultOf(() -> starting);
    assertThat(fault).hasMessageContaining("created, and alive");
  }

  @Test
  void containerThatRuncHoldsForRunningIsRefusedInItsWords() throws IOException {
    // Given
    var container = created("/bin/sleep", "600");
    Files.delete(gate(container, "exec.fifo"));

    // When
    var fault = faultOf(() -> runtime.start(call(), container.id()));

    // Then
    assertThat(fault).hasMessageContaining("cannot start an already running container");
  }
}
