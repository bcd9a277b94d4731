package io.gantry.stats;

import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.container.Containers;
import io.gantry.container.TestContainers;
import io.gantry.host.FakeHost;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.network.FakeNetworks;
import io.gantry.runtime.FakeRuntime;
import io.gantry.runtime.FakeRuntimes;
import io.gantry.sandbox.Pods;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.gantry.sandbox.Tenants;
import io.gantry.security.FakeConfinement;
import io.gantry.state.FakeState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A node of fakes with pods and containers on it, and a clock that is moved by hand. */
public final class StatsNode extends Clock {
  public final Call call = Call.internal(Call.Tools.plain(), "Test");
  public final Vertx vertx = Vertx.vertx();
  public final FakeHost host = new FakeHost();
  public final FakeRuntime runtime = new FakeRuntime(this);
  public final Sandboxes sandboxes;
  public final Containers containers;
  public final Stats stats;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

  public StatsNode(Path folder) {
    var state = new FakeState();
    var runtimes = new FakeRuntimes(runtime);
    var tenants = new AtomicReference<Tenants>();
    sandboxes =
        Sandboxes.over(
                new Sandboxes.Parts(
                    host,
                    state,
                    new FakeNetworks(),
                    runtimes,
                    tenants::get,
                    new FakeConfinement(),
                    this,
                    _ -> Future.failedFuture("no clock")),
                folder)
            .result();
    containers = TestContainers.over(vertx, host, state, sandboxes, runtimes, this, folder);
    tenants.set(containers);
    stats = Stats.over(new Stats.Parts(vertx, host, runtimes, sandboxes, containers, folder, this));
    later(Duration.ofSeconds(1));
  }

  public void later(Duration by) {
    now.updateAndGet(it -> it.plus(by));
  }

  public SandboxId pod(String name) {
    return sandboxes.run(call, Pods.pod(name)).result();
  }

  public ContainerId container(String name, SandboxId pod) {
    return TestContainers.run(containers, call, name, pod).result();
  }

  public Sandbox sandbox(SandboxId id) {
    return sandboxes.find(id.value()).orElseThrow();
  }

  public Container container(ContainerId id) {
    return containers.find(id.value()).orElseThrow();
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }

  public void close() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }
}
