package io.gantry.network;

import io.gantry.ids.SandboxId;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** The fake keeps the contract, so that tests over it mean something. */
class FakeNetworksTest extends NetworksContract {
  private final Vertx vertx = Vertx.vertx();
  private final Networks networks = new FakeNetworks();

  @AfterEach
  void close() {
    result(vertx.close());
  }

  @Override
  Networks networks() {
    return networks;
  }

  @Override
  Attach request(SandboxId id) {
    return new Attach(id, "default", "web", "uid", Path.of("/run/netns/web"), List.of());
  }

  @Override
  Vertx vertx() {
    return vertx;
  }
}
