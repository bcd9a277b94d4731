package io.gantry.security;

import io.gantry.call.Call;
import io.gantry.runtime.Confines;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Confines nothing, and remembers what was asked. */
public final class FakeConfinement implements Confinement {
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private volatile Confines answer = Confines.NONE;

  /** What was asked so far, in order. */
  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  public FakeConfinement answering(Confines confines) {
    answer = confines;
    return this;
  }

  @Override
  public Future<Confines> of(Call call, Asked wanted) {
    asked.add(wanted);
    return Future.succeededFuture(answer);
  }
}
