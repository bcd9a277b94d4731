package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.client.CriClient;
import io.gantry.cri.proto.ContainerFilter;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ContainerStateValue;
import io.gantry.cri.proto.ContainerStatusRequest;
import io.gantry.cri.proto.ListContainersRequest;
import io.gantry.cri.proto.ListPodSandboxRequest;
import io.gantry.cri.proto.PodSandboxFilter;
import io.gantry.cri.proto.PodSandboxState;
import io.gantry.cri.proto.PodSandboxStateValue;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.host.OutputBudget;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.stats.StatsNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.server.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pods and containers a list has, on a real socket over fakes. */
class FiltersIT {
  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private StatsNode node;
  private CriClient client;
  private SandboxId web;
  private SandboxId stopped;
  private ContainerId app;
  private ContainerId ended;

  /** Two pods, of which one is stopped with its container. */
  @BeforeEach
  void serve() throws Exception {
    node = new StatsNode(folder);
    web = node.pod("web");
    stopped = node.pod("db");
    app = node.container("app", web);
    ended = node.container("store", stopped);
    await(node.sandboxes.stop(node.call, stopped));
    var grpc = GrpcServer.server(vertx);
    var rpcs = new Rpcs(vertx, grpc, Call.Tools.plain());
    var visible = new Visible(node.sandboxes, node.containers);
    new SandboxRpcs(visible, new ContainerAnswers(node.containers), node).register(rpcs);
    new ContainerRpcs(visible, OutputBudget.of(0)).register(rpcs);
    var socket = folder.resolve("cri.sock");
    await(
        vertx
            .createHttpServer()
            .requestHandler(grpc)
            .listen(SocketAddress.domainSocketAddress(socket.toString())));
    client = CriClient.on(vertx, socket, Duration.ofSeconds(10));
  }

  @AfterEach
  void close() throws Exception {
    node.close();
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(10, TimeUnit.SECONDS);
  }

  @ParameterizedTest(name = "id {0} state {1} label {2}: {3}")
  @CsvSource({
    "'', '', '', web db",
    "web, '', '', web",
    "prefix, '', '', web",
    "nobody, '', '', ''",
    "'', SANDBOX_READY, '', web",
    "'', SANDBOX_NOTREADY, '', db",
    "web, SANDBOX_NOTREADY, '', ''",
    "'', '', app=db, db",
    "'', '', app=other, ''",
    "'', '', other=db, ''",
    "web, SANDBOX_READY, app=web, web"
  })
  void podsAreThoseForWhichAllConditionsHold(String id, String state, String label, String found)
      throws Exception {
    // Given
    var filter = PodSandboxFilter.newBuilder().setId(id(id, web.value(), "web"));
    if (!state.isEmpty()) {
      filter.setState(PodSandboxStateValue.newBuilder().setState(PodSandboxState.valueOf(state)));
    }
    if (!label.isEmpty()) {
      filter.putLabelSelector(label.split("=", 2)[0], label.split("=", 2)[1]);
    }

    // When
    var list =
        await(
            client.call(
                RuntimeServiceGrpcClient.ListPodSandbox,
                ListPodSandboxRequest.newBuilder().setFilter(filter).build()));

    // Then
    assertThat(list.getItemsList())
        .extracting(pod -> pod.getMetadata().getName())
        .containsExactlyInAnyOrderElementsOf(words(found));
  }

  @ParameterizedTest(name = "id {0} pod {1} state {2} label {3}: {4}")
  @CsvSource({
    "'', '', '', '', app store",
    "app, '', '', '', app",
    "prefix, '', '', '', app",
    "nobody, '', '', '', ''",
    "'', web, '', '', app",
    "'', prefix, '', '', app",
    "'', '', CONTAINER_RUNNING, '', app",
    "'', '', CONTAINER_EXITED, '', store",
    "'', '', CONTAINER_CREATED, '', ''",
    "'', web, CONTAINER_EXITED, '', ''",
    "'', '', '', io.kubernetes.container.name=store, store",
    "app, web, CONTAINER_RUNNING, io.kubernetes.container.name=app, app"
  })
  void containersAreThoseForWhichAllConditionsHold(
      String id, String pod, String state, String label, String found) throws Exception {
    // Given
    var filter =
        ContainerFilter.newBuilder()
            .setId(id(id, app.value(), "app"))
            .setPodSandboxId(id(pod, web.value(), "web"));
    if (!state.isEmpty()) {
      filter.setState(ContainerStateValue.newBuilder().setState(ContainerState.valueOf(state)));
    }
    if (!label.isEmpty()) {
      filter.putLabelSelector(label.split("=", 2)[0], label.split("=", 2)[1]);
    }

    // When
    var list =
        await(
            client.call(
                RuntimeServiceGrpcClient.ListContainers,
                ListContainersRequest.newBuilder().setFilter(filter).build()));

    // Then
    assertThat(list.getContainersList())
        .extracting(container -> container.getMetadata().getName())
        .containsExactlyInAnyOrderElementsOf(words(found));
  }

  @Test
  void verboseStatusHasThePidAndWhatTheRuntimeWasTold() throws Exception {
    // When
    var info = info(app);

    // Then
    assertThat(info.getInteger("pid")).isPositive();
    assertThat(info.getJsonObject("config").getJsonObject("metadata").getString("name"))
        .isEqualTo("app");
    assertThat(info.getJsonObject("config").getJsonArray("command"))
        .containsExactly("sleep", "1000");
    assertThat(info(ended).getInteger("pid")).isZero();
    assertThat(info.getString("sandboxID")).isEqualTo(web.value());
    assertThat(info.getJsonObject("runtimeSpec").getJsonObject("process").getJsonArray("args"))
        .containsExactly("sleep", "1000");
    assertThat(info(ended).getString("sandboxID")).isEqualTo(stopped.value());
  }

  private JsonObject info(ContainerId container) throws Exception {
    return new JsonObject(
        await(
                client.call(
                    RuntimeServiceGrpcClient.ContainerStatus,
                    ContainerStatusRequest.newBuilder()
                        .setContainerId(container.value())
                        .setVerbose(true)
                        .build()))
            .getInfoOrThrow("info"));
  }

  private static String id(String word, String id, String name) {
    return switch (word) {
      case "prefix" -> id.substring(0, 13);
      case "nobody" -> "x" + id.substring(1);
      default -> word.equals(name) ? id : word;
    };
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }
}
