package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.MethodDescriptor;
import io.gantry.call.Call;
import io.gantry.cri.proto.Api;
import io.gantry.host.OutputBudget;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServer;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The RPCs that are still to be built. This list may only get shorter. */
class UnbuiltRpcsTest {
  private static final List<String> UNBUILT = List.of("CheckpointPod", "RestorePod");

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  @Test
  void theListIsExact() {
    // Given
    var rpcs = new Rpcs(vertx, GrpcServer.server(vertx), Call.Tools.plain());
    var unbuilt = new TreeSet<String>();
    Api.getDescriptor().getServices().stream()
        .flatMap(service -> service.getMethods().stream())
        .map(MethodDescriptor::getName)
        .forEach(unbuilt::add);

    // When
    CriVerticle.register(rpcs, NoNode.behind(vertx), vertx, OutputBudget.of(0));
    unbuilt.removeAll(rpcs.built());

    // Then
    assertThat(unbuilt).containsExactlyElementsOf(UNBUILT);
  }
}
