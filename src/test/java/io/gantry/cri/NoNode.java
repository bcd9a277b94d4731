package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.container.Containers;
import io.gantry.events.EventsConfig;
import io.gantry.events.FactRing;
import io.gantry.host.FakeHost;
import io.gantry.image.Images;
import io.gantry.network.FakeNetworks;
import io.gantry.runtime.FakeRuntime;
import io.gantry.runtime.FakeRuntimes;
import io.gantry.sandbox.Sandboxes;
import io.gantry.stats.Stats;
import io.gantry.streaming.Streams;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.time.Clock;

/** Nothing behind the door: enough to register RPCs, not to answer one. */
final class NoNode {
  private NoNode() {}

  static CriVerticle.Behind behind(Vertx vertx) {
    return new CriVerticle.Behind(
        Call.Tools.plain(),
        new FakeHost().disk(),
        nothing(Sandboxes.class),
        nothing(Containers.class),
        nothing(Images.class),
        nothing(Stats.class),
        nothing(Streams.class),
        new FakeNetworks(),
        nothing(Cdi.class),
        new FakeRuntimes(new FakeRuntime()),
        FactRing.of(vertx, EventsConfig.defaults()),
        Clock.systemUTC(),
        "test",
        new JsonObject());
  }

  private static <T> T nothing(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, _) -> {
              throw new UnsupportedOperationException(method.getName());
            }));
  }
}
