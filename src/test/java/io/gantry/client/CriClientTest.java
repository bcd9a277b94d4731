package io.gantry.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cri.proto.ContainerStatus;
import io.gantry.cri.proto.ContainerStatusResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a runtime of one RPC, on a real socket. */
class CriClientTest {
  @TempDir Path directory;
  private Vertx vertx;
  private CriClient client;

  @BeforeEach
  void serve() throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    var socket = directory.resolve("cri.sock");
    var server = GrpcServer.server(vertx);
    server.callHandler(
        RuntimeServiceGrpcService.ContainerStatus,
        request ->
            request.handler(
                question -> {
                  switch (question.getContainerId()) {
                    case "silent" -> {}
                    case "running" ->
                        request
                            .response()
                            .end(
                                ContainerStatusResponse.newBuilder()
                                    .setStatus(ContainerStatus.newBuilder().setId("running"))
                                    .build());
                    default ->
                        request
                            .response()
                            .status(GrpcStatus.NOT_FOUND)
                            .statusMessage("container: x is not here")
                            .end();
                  }
                }));
    await(
        vertx
            .createHttpServer()
            .requestHandler(server)
            .listen(SocketAddress.domainSocketAddress(socket.toString())));
    client = CriClient.on(vertx, socket, Duration.ofMillis(500));
  }

  @AfterEach
  void close() throws Exception {
    await(client.close());
    await(vertx.close());
  }

  @Test
  void anAnswerIsGiven() throws Exception {
    assertThat(await(client.status("running")).getId()).isEqualTo("running");
  }

  @Test
  void aFailureHasTheStatusAndTheWordsOfTheRuntime() {
    // When
    var asked = client.status("x");

    // Then
    assertThat(asked.toCompletionStage())
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableThat()
        .withRootCauseInstanceOf(CriFault.class)
        .withMessageContaining("ContainerStatus: NOT_FOUND: container: x is not here");
  }

  @Test
  void aRuntimeThatSaysNothingIsGivenUp() {
    // When
    var asked = client.status("silent");

    // Then
    assertThat(asked.toCompletionStage()).failsWithin(Duration.ofSeconds(5));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
