package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.CriClient;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.VersionRequest;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CRI's socket. */
class CriVerticleIT {
  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private Path socket;
  private String deployment;

  @BeforeEach
  void deploy() throws Exception {
    socket = folder.resolve("run/cri.sock");
    var config = new CriConfig(socket, CriConfig.MESSAGE_BYTES_MAX, Duration.ofSeconds(1), 0);
    deployment =
        vertx
            .deployVerticle(new CriVerticle(config, NoNode.behind(vertx)))
            .await(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void onlyOwnerAndGroupMayConnect() throws IOException {
    assertThat(Files.getPosixFilePermissions(socket))
        .isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
    assertThat(socket.resolveSibling("cri.sock.tmp")).doesNotExist();
  }

  @Test
  void aMessageOfManyMegabytesIsTaken() throws Exception {
    // Given
    var large = VersionRequest.newBuilder().setVersion("v".repeat(15 << 20)).build();
    var client = CriClient.on(vertx, socket, Duration.ofSeconds(20));

    // When
    var answer = client.call(RuntimeServiceGrpcClient.Version, large).await(20, TimeUnit.SECONDS);

    // Then
    assertThat(answer.getRuntimeName()).isEqualTo("gantry");
  }

  @Test
  void theSocketGoesWithTheDoor() throws Exception {
    // When
    vertx.undeploy(deployment).await(10, TimeUnit.SECONDS);

    // Then
    assertThat(socket).doesNotExist();
  }
}
