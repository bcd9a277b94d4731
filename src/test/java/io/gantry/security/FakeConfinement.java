package io.gantry.security;

import io.gantry.call.Call;
import io.gantry.runtime.Confines;
import io.gantry.runtime.Labels;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Confines nothing, and remembers what was asked; has labels once it is told which. */
public final class FakeConfinement implements Confinement {
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final List<AskedLabels> askedLabels = new CopyOnWriteArrayList<>();
  private volatile Confines answer = Confines.NONE;
  private volatile Labels labels = Labels.NONE;
  private volatile List<String> levels = List.of();

  /** What was asked so far, in order. */
  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  public FakeConfinement answering(Confines confines) {
    answer = confines;
    return this;
  }

  /** Whose labels were asked for so far, in order. */
  public List<AskedLabels> askedLabels() {
    return List.copyOf(askedLabels);
  }

  /** From now on processes have labels, and pods the first of {@code levels} that is free. */
  public FakeConfinement labelling(Labels labels, String... levels) {
    this.labels = labels;
    this.levels = List.of(levels);
    return this;
  }

  @Override
  public Future<Labels> labels(AskedLabels wanted) {
    askedLabels.add(wanted);
    return Future.succeededFuture(labels);
  }

  @Override
  public Optional<String> level(Predicate<String> taken) {
    return levels.stream().filter(level -> !taken.test(level)).findFirst();
  }

  @Override
  public String selinux() {
    return "a fake";
  }

  @Override
  public Future<Confines> of(Call call, Asked wanted) {
    asked.add(wanted);
    return Future.succeededFuture(answer);
  }
}
