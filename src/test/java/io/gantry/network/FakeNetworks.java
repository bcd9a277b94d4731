package io.gantry.network;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A node's network in memory: addresses are given out and come back. */
public final class FakeNetworks implements Networks {
  private final Map<SandboxId, Attach> attached = new ConcurrentHashMap<>();
  private final Set<SandboxId> expected = ConcurrentHashMap.newKeySet();
  private final Map<String, RuntimeFault> failing = new ConcurrentHashMap<>();
  private final List<SandboxId> checked = new CopyOnWriteArrayList<>();
  private final List<Set<SandboxId>> collections = new CopyOnWriteArrayList<>();
  private final List<String> ranges = new CopyOnWriteArrayList<>();
  private final AtomicInteger addresses = new AtomicInteger();
  private final AtomicReference<Optional<String>> notReady =
      new AtomicReference<>(Optional.empty());

  /** Lets the next {@code attach} or {@code detach} fail; a failed detach leaves all as it was. */
  public void failNext(String method, RuntimeFault fault) {
    failing.put(method, fault);
  }

  public void becomeNotReady(String reason) {
    notReady.set(Optional.of(reason));
  }

  public void becomeReady() {
    notReady.set(Optional.empty());
  }

  /** What is attached now, by the requests. */
  public Map<SandboxId, Attach> attached() {
    return Map.copyOf(attached);
  }

  /** Those that are attached, or may be. */
  public Set<SandboxId> expected() {
    return Set.copyOf(expected);
  }

  @Override
  public Future<Void> expect(Call call, Attach request) {
    return passOrFail("expect").onSuccess(_ -> expected.add(request.id()));
  }

  @Override
  public Future<Attachment> attach(Call call, Attach request) {
    return call.alive()
        .compose(_ -> passOrFail("attach"))
        .map(
            _ -> {
              attached.put(request.id(), request);
              return new Attachment("fake", List.of("10.88.0." + addresses.incrementAndGet()));
            });
  }

  @Override
  public Future<Void> detach(Call call, SandboxId pod) {
    return passOrFail("detach")
        .onSuccess(
            _ -> {
              expected.remove(pod);
              attached.remove(pod);
            });
  }

  @Override
  public Future<Void> check(Call call, SandboxId pod) {
    checked.add(pod);
    return passOrFail("check");
  }

  /** What is not attached has nothing to be freed of. */
  @Override
  public Future<Void> collectGarbage(Call call, Set<SandboxId> leaving) {
    collections.add(Set.copyOf(leaving));
    return passOrFail("collectGarbage");
  }

  /** The pods that have been checked, in order. */
  public List<SandboxId> checked() {
    return List.copyOf(checked);
  }

  /** For each collection of garbage so far, the pods that were leaving. */
  public List<Set<SandboxId>> collections() {
    return List.copyOf(collections);
  }

  @Override
  public Future<Void> podRange(Call call, String subnets) {
    ranges.add(subnets);
    return passOrFail("podRange");
  }

  /** The ranges that were told, in order. */
  public List<String> ranges() {
    return List.copyOf(ranges);
  }

  @Override
  public Description description() {
    return new Description("fake", "", "1.1.0", List.of("fake"), List.of());
  }

  @Override
  public Future<List<SandboxId>> cached() {
    var all = new HashSet<>(expected);
    all.addAll(attached.keySet());
    return Future.succeededFuture(List.copyOf(all));
  }

  @Override
  public Optional<String> notReady() {
    return notReady.get();
  }

  private Future<Void> passOrFail(String method) {
    var reason = notReady.get();
    if (method.equals("attach") && reason.isPresent()) {
      return Future.failedFuture(RuntimeFault.unavailable(reason.get(), null));
    }
    return Optional.ofNullable(failing.remove(method))
        .<Future<Void>>map(Future::failedFuture)
        .orElseGet(Future::succeededFuture);
  }
}
