package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.cri.proto.StatusRequest;
import io.gantry.cri.proto.StatusResponse;
import io.gantry.cri.proto.VersionRequest;
import io.gantry.cri.proto.VersionResponse;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RPCs over a real Unix socket: deadlines, clients that go, faults. */
class RpcsIT {
  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final Promise<Call> begun = Promise.promise();
  private SocketAddress address;
  private GrpcClient client;

  @BeforeEach
  void serve() throws Exception {
    address = SocketAddress.domainSocketAddress(folder.resolve("cri.sock").toString());
    var grpc = GrpcServer.server(vertx);
    new Rpcs(vertx, grpc, Call.Tools.plain())
        .unary(RuntimeServiceGrpcService.Version, this::never)
        .unary(RuntimeServiceGrpcService.Status, RpcsIT::refused);
    vertx.createHttpServer().requestHandler(grpc).listen(address).await(5, TimeUnit.SECONDS);
    client =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions().setTimeout(300).setTimeoutUnit(TimeUnit.MILLISECONDS),
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private Future<VersionResponse> never(Call call, VersionRequest request) {
    begun.complete(call);
    return Promise.<VersionResponse>promise().future();
  }

  private static Future<StatusResponse> refused(Call call, StatusRequest request) {
    throw RuntimeFault.exhausted("pods: 250 (expected: fewer)");
  }

  @Test
  void theCallersDeadlineEndsTheCall() throws Exception {
    // When
    var answer = ask(RuntimeServiceGrpcClient.Version, VersionRequest.getDefaultInstance());

    // Then
    assertThat(answer.status()).isEqualTo(GrpcStatus.DEADLINE_EXCEEDED);
    assertThat(begun.future().await(5, TimeUnit.SECONDS).over()).isPresent();
  }

  @Test
  void aClientThatGoesAwayEndsTheCall() throws Exception {
    // Given
    var cancelled = Promise.<Void>promise();
    var request =
        client.request(address, RuntimeServiceGrpcClient.Version).await(5, TimeUnit.SECONDS);
    request.timeout(60, TimeUnit.SECONDS);
    request.end(VersionRequest.getDefaultInstance());
    begun.future().await(5, TimeUnit.SECONDS).onCancel(cancelled::tryComplete);

    // When
    request.cancel();

    // Then
    cancelled.future().await(5, TimeUnit.SECONDS);
  }

  @Test
  void aFaultIsAStatusWithItsMessage() throws Exception {
    // When
    var answer = ask(RuntimeServiceGrpcClient.Status, StatusRequest.getDefaultInstance());

    // Then
    assertThat(answer.status()).isEqualTo(GrpcStatus.RESOURCE_EXHAUSTED);
    assertThat(answer.statusMessage()).isEqualTo("pods: 250 (expected: fewer)");
  }

  private <Q, A> GrpcClientResponse<Q, A> ask(ServiceMethod<A, Q> method, Q question)
      throws Exception {
    var answer =
        client
            .request(address, method)
            .compose(request -> request.send(question))
            .await(5, TimeUnit.SECONDS);
    answer.end().otherwiseEmpty().await(5, TimeUnit.SECONDS);
    return answer;
  }
}
