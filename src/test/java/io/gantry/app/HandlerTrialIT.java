package io.gantry.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.handler.Handler;
import io.gantry.handler.HandlerConfig.Driver;
import io.gantry.host.LinuxHost;
import io.gantry.image.unpack.OnDisk;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A handler is ready once it has run a container on this host, and not before. */
@Tag("root")
class HandlerTrialIT {
  @TempDir(factory = OnDisk.class)
  private Path run;

  private final Vertx vertx = Vertx.vertx();
  private LinuxHost host;

  @BeforeEach
  void open() {
    host = LinuxHost.on(vertx);
  }

  @AfterEach
  void close() throws Exception {
    host.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/usr/bin/crun", "/usr/sbin/runc"})
  void aRuntimeThatRunsContainersIsReady(String binary) throws Exception {
    // When
    var runtime = driver(Path.of(binary));

    // Then
    assertThat(runtime.features().version()).contains(binary.contains("crun") ? "crun" : "runc");
    assertThat(run.resolve("trials/tried/passed")).content().contains(binary);
  }

  @Test
  void oneThatOnlyTellsItsVersionIsNotReadyAndSaysWhy() throws Exception {
    // Given
    var liar =
        script(
            "[ \"$1\" = --version ] && echo liar version 1 && exit 0; echo no such luck >&2; exit 1");

    // When, then
    assertThatThrownBy(() -> driver(liar))
        .cause()
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("a trial container did not run: ");
    assertThat(run.resolve("trials/tried/passed")).doesNotExist();
  }

  @Test
  void gVisorThatIsTooOldIsNotReadyAndSaysWhy() throws Exception {
    // Given
    var old = script("[ \"$1\" = --version ] && echo runsc version 0.0~20221219.0; exit 0");

    // When, then
    assertThatThrownBy(() -> driver(old))
        .cause()
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("runsc 0.0~20221219.0: kill has no --pgid (expected: a newer one");
  }

  @Test
  void whatPassedIsTriedAgainOnlyWhenItIsAnotherFile() throws Exception {
    // Given
    var runs = run.resolve("runs");
    var counting =
        script("case \"$*\" in *create*) echo x >>" + runs + ";; esac; exec /usr/bin/crun \"$@\"");
    driver(counting);
    driver(counting);
    assertThat(Files.readAllLines(runs)).hasSize(1);

    // When
    Files.setLastModifiedTime(counting, FileTime.from(Instant.EPOCH));
    driver(counting);

    // Then
    assertThat(Files.readAllLines(runs)).hasSize(2);
  }

  private PodRuntime driver(Path binary) throws Exception {
    var handler =
        new Handler("tried", Driver.OCI, binary, List.of(), Map.of(), AnnotationRule.NONE);
    return new Drivers(vertx, host, Clock.systemUTC(), run, false)
        .driver(handler, CgroupDriver.CGROUPFS)
        .toCompletionStage()
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  private Path script(String body) throws Exception {
    var file = run.resolve("runtime");
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
