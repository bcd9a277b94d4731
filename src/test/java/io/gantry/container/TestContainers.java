package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.host.Host;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.ImageConfig;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Sandboxes;
import io.gantry.security.FakeConfinement;
import io.gantry.state.State;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** Containers of one image that is always here, for the tests of those above. */
public final class TestContainers {
  private TestContainers() {}

  /** Over fakes, which answer at once. */
  public static Containers over(
      Vertx vertx,
      Host host,
      State state,
      Sandboxes sandboxes,
      Runtimes runtimes,
      Clock clock,
      Path folder) {
    var images = new FakeImages(ImageConfig.Execution.NONE);
    return Containers.over(
            new Containers.Parts(
                vertx,
                host,
                state,
                sandboxes,
                runtimes,
                () -> images,
                new FakeConfinement(),
                Cdi.in(host.disk(), List.of()),
                clock),
            folder.resolve("root"),
            folder.resolve("run"))
        .result();
  }

  /** A container that was created and started. */
  public static Future<ContainerId> run(
      Containers containers, Call call, String name, SandboxId sandbox) {
    return containers
        .create(call, Asked.container(name).in(sandbox))
        .compose(id -> containers.start(call, id).map(id));
  }
}
