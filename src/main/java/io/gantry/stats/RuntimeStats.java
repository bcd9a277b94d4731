package io.gantry.stats;

import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.FileSystemSpace;
import io.gantry.ids.SandboxId;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodUsage;
import io.gantry.sandbox.Sandbox;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Numbers by asking the runtime of each container. */
final class RuntimeStats implements Stats {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeStats.class);

  /** So many more may be remembered than there are before the rest is forgotten. */
  private static final int FORGOTTEN_LATE = 64;

  private final Parts parts;
  private final WritableLayers layers;
  private final Rates rates = new Rates();
  private final Peaks.All peaks = new Peaks.All();

  RuntimeStats(Parts parts) {
    this.parts = parts;
    this.layers = new WritableLayers(parts);
  }

  @Override
  public Future<ContainerNumbers> container(Call call, Container container) {
    return container.exited()
        ? Future.succeededFuture(numbers(container, Optional.empty()))
        : usage(call, container).map(usage -> numbers(container, Optional.of(usage)));
  }

  @Override
  public Future<List<ContainerNumbers>> containers(Call call, List<Container> containers) {
    forget();
    var alive = containers.stream().filter(container -> !container.exited()).toList();
    return Abreast.map(call, alive, container -> kept(container.key(), container(call, container)));
  }

  @Override
  public Future<PodNumbers> pod(Call call, Sandbox sandbox) {
    return containers(call, containersOf(sandbox))
        .compose(
            containers ->
                sandbox.ready()
                    ? podUsage(call, sandbox).map(usage -> numbers(sandbox, usage, containers))
                    : Future.succeededFuture(
                        new PodNumbers(
                            sandbox, Optional.empty(), OptionalLong.empty(), containers)));
  }

  @Override
  public Future<List<PodNumbers>> pods(Call call, List<Sandbox> sandboxes) {
    var ready = sandboxes.stream().filter(Sandbox::ready).toList();
    var byPod = byPod(ready);
    return containers(call, byPod.values().stream().flatMap(List::stream).toList())
        .compose(
            containers -> {
              var found =
                  containers.stream()
                      .collect(Collectors.groupingBy(it -> it.container().sandbox()));
              return Abreast.map(
                  call,
                  ready,
                  sandbox ->
                      kept(
                          sandbox.key(),
                          podUsage(call, sandbox)
                              .map(
                                  usage ->
                                      numbers(
                                          sandbox,
                                          usage,
                                          found.getOrDefault(sandbox.id(), List.of())))));
            });
  }

  @Override
  public Future<List<PodSamples>> metrics(Call call, List<Sandbox> sandboxes) {
    var ready = sandboxes.stream().filter(Sandbox::ready).toList();
    forget();
    return parts
        .host()
        .disk()
        .space(parts.root())
        .compose(
            space ->
                Abreast.map(
                    call,
                    housed(ready),
                    one -> kept(one.container.key(), samples(call, one, space))))
        .compose(
            containers -> {
              var found = containers.stream().collect(Collectors.groupingBy(SamplesOf::pod));
              return Abreast.map(
                  call,
                  ready,
                  sandbox ->
                      kept(
                          sandbox.key(),
                          podSamples(call, sandbox, found.getOrDefault(sandbox.id(), List.of()))));
            });
  }

  private List<Housed> housed(List<Sandbox> sandboxes) {
    var containers = byPod(sandboxes);
    return sandboxes.stream()
        .flatMap(
            sandbox ->
                containers.getOrDefault(sandbox.id(), List.of()).stream()
                    .map(container -> new Housed(sandbox, container)))
        .toList();
  }

  private record SamplesOf(Container container, List<Sample> samples) {
    SandboxId pod() {
      return container.sandbox();
    }
  }

  private record Housed(Sandbox sandbox, Container container) {}

  private Future<SamplesOf> samples(Call call, Housed one, FileSystemSpace space) {
    var container = one.container;
    return usage(call, container)
        .compose(
            usage ->
                runtime(container)
                    .processes(call, container.id())
                    .map(
                        held ->
                            new SamplesOf(
                                container,
                                Samples.ofContainer(one.sandbox, container)
                                    .usage(usage, peaks.of(container.key()))
                                    .processes(held)
                                    .spec(container)
                                    .files(space, layers.of(container))
                                    .made())));
  }

  private Future<PodSamples> podSamples(Call call, Sandbox sandbox, List<SamplesOf> containers) {
    var byContainer =
        containers.stream()
            .collect(Collectors.toMap(it -> it.container().id(), SamplesOf::samples));
    return podUsage(call, sandbox)
        .map(
            usage -> {
              var own = Samples.ofPod(sandbox);
              usage.network().ifPresent(own::network);
              return new PodSamples(sandbox.id(), own.made(), byContainer);
            });
  }

  private ContainerNumbers numbers(Container container, Optional<ContainerUsage> usage) {
    return new ContainerNumbers(
        container, usage, rate(container.key(), usage), layers.of(container));
  }

  private PodNumbers numbers(Sandbox sandbox, PodUsage usage, List<ContainerNumbers> containers) {
    return new PodNumbers(
        sandbox, Optional.of(usage), rate(sandbox.key(), usage.all()), containers);
  }

  private OptionalLong rate(String id, Optional<ContainerUsage> usage) {
    return usage
        .map(read -> rates.after(id, read.at(), read.cpu().nanos()))
        .orElse(OptionalLong.empty());
  }

  private Future<ContainerUsage> usage(Call call, Container container) {
    return asked(() -> runtime(container).stats(call, container.id()));
  }

  private Future<PodUsage> podUsage(Call call, Sandbox sandbox) {
    return asked(() -> parts.sandboxes().runtime(sandbox).podStats(call, sandbox.id()));
  }

  private PodRuntime runtime(Container container) {
    return parts.runtimes().runtime(container.handler());
  }

  /** A handler that does not work any more says so by throwing. */
  private static <T> Future<T> asked(Supplier<Future<T>> question) {
    try {
      return question.get();
    } catch (RuntimeFault broken) {
      return Future.failedFuture(broken);
    }
  }

  private static <T> Future<Optional<T>> kept(String id, Future<T> answer) {
    return answer
        .map(Optional::of)
        .recover(
            cause -> {
              LOG.atDebug()
                  .addKeyValue("id", id)
                  .addKeyValue("error", cause.getMessage())
                  .log("left out of the numbers");
              return Future.succeededFuture(Optional.empty());
            });
  }

  private List<Container> containersOf(Sandbox sandbox) {
    return byPod(List.of(sandbox)).getOrDefault(sandbox.id(), List.of());
  }

  private Map<SandboxId, List<Container>> byPod(List<Sandbox> sandboxes) {
    var ids = sandboxes.stream().map(Sandbox::id).collect(Collectors.toSet());
    return parts.containers().list().stream()
        .filter(container -> ids.contains(container.sandbox()))
        .filter(container -> !container.exited())
        .collect(Collectors.groupingBy(Container::sandbox));
  }

  /** What is remembered of containers and pods that are gone. */
  private void forget() {
    var containers = parts.containers().list();
    var sandboxes = parts.sandboxes().list();
    if (rates.size() + layers.size() > 2 * containers.size() + sandboxes.size() + FORGOTTEN_LATE) {
      var ids = new HashSet<String>();
      sandboxes.forEach(sandbox -> ids.add(sandbox.key()));
      containers.forEach(container -> ids.add(container.key()));
      rates.keep(ids);
      peaks.keep(ids);
      layers.keep(containers.stream().map(Container::id).collect(Collectors.toSet()));
    }
  }
}
