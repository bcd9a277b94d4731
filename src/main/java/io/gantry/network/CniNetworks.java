package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Networks by CNI plugins (spec 1.1, section 3).
 *
 * <pre>
 *   attach:  keep the request ──► ADD a ──► ADD b ──► keep the result
 *                                     result of a         │
 *                                                         ▼ of b
 *   detach:      forget both ◄─── DEL a ◄─── DEL b ◄── as kept
 * </pre>
 *
 * A collection of garbage knows what is attached when it begins, so it stands alone: it begins when
 * no ADD runs, and the next ones wait for it.
 */
final class CniNetworks implements Networks {
  /** Every namespace file, pinned or not, is on the kernel's one nsfs: this one is always there. */
  private static final Path ANY_NAMESPACE = Path.of("/proc/self/ns/net");

  private final NetworkConfig config;
  private final ConfWatch configurations;
  private final PodRange range;
  private final AttachmentCache cache;
  private final Plugins plugins;
  private final Disk disk;
  private final Passage adding = new Passage();

  /** What is kept of pods whose namespaces are being made. */
  private final ConcurrentMap<SandboxId, Entry> expected = new ConcurrentHashMap<>();

  CniNetworks(
      NetworkConfig config,
      ConfWatch configurations,
      PodRange range,
      AttachmentCache cache,
      Plugins plugins,
      Disk disk) {
    this.config = config;
    this.configurations = configurations;
    this.range = range;
    this.cache = cache;
    this.plugins = plugins;
    this.disk = disk;
  }

  @Override
  public Future<Void> expect(Call call, Attach request) {
    return detach(call, request.id()) // no plugin may see two ADDs without a DEL between them
        .map(_ -> new Entry(Parameters.of(request), chain(), Optional.empty()))
        .compose(
            entry ->
                cache
                    .keep(entry)
                    .onSuccess(_ -> expected.put(request.id(), entry))
                    .recover(
                        cause ->
                            cache.forget(request.id()).transform(_ -> Future.failedFuture(cause))));
  }

  @Override
  public Future<Attachment> attach(Call call, Attach request) {
    var entry = expected.remove(request.id());
    return entry != null && entry.pod().equals(Parameters.of(request))
        ? adding.beside(() -> attach(call, entry))
        : expect(call, request).compose(_ -> attach(call, request));
  }

  @Override
  public Future<Void> detach(Call call, SandboxId pod) {
    expected.remove(pod);
    return cache
        .find(pod, configurations.now().chain())
        .compose(
            kept ->
                kept.map(entry -> detach(call, entry)).orElseGet(Future::<Void>succeededFuture));
  }

  @Override
  public Future<Void> check(Call call, SandboxId pod) {
    return cache
        .find(pod, Optional.empty())
        .compose(
            kept ->
                kept.filter(entry -> entry.chain().speaks(Verb.CHECK))
                    .filter(entry -> entry.result().isPresent())
                    .map(entry -> check(call, entry))
                    .orElseGet(Future::succeededFuture));
  }

  private Future<Void> check(Call call, Entry entry) {
    var pod = new Invocation.Pod(entry.pod(), entry.pod().netns());
    return each(
        entry.chain().plugins(),
        plugin ->
            plugins.run(
                call,
                Invocation.ofPod(
                    Verb.CHECK,
                    entry.chain(),
                    plugin,
                    pod,
                    entry.result(),
                    config.pluginTimeout())));
  }

  @Override
  public Future<Void> collectGarbage(Call call, Set<SandboxId> leaving) {
    var chain = configurations.now().chain().filter(read -> read.speaks(Verb.GC));
    return chain.isEmpty()
        ? Future.succeededFuture()
        : adding.alone(
            () ->
                attachedTo(chain.get(), leaving)
                    .compose(valid -> collect(call, chain.get(), valid)));
  }

  /** One plugin's fault does not keep the others from theirs. */
  private Future<Void> collect(Call call, Chain chain, List<Parameters> valid) {
    var faults = new ArrayList<RuntimeFault>();
    return each(
            chain.plugins(),
            plugin ->
                plugins
                    .run(call, Invocation.collection(chain, plugin, valid, config.detachTimeout()))
                    .recover(cause -> noted(call, faults, RuntimeFault.of(cause))))
        .compose(_ -> anyOf(faults));
  }

  /** A pod of another network, or of an unreadable request, is listed too: that harms nothing. */
  private Future<List<Parameters>> attachedTo(Chain chain, Set<SandboxId> leaving) {
    return cache
        .ids()
        .compose(
            ids ->
                Future.all(
                    ids.stream()
                        .filter(id -> !leaving.contains(id))
                        .map(id -> cache.find(id, Optional.of(chain)))
                        .toList()))
        .map(
            found ->
                found.<Optional<Entry>>list().stream()
                    .flatMap(Optional::stream)
                    .map(Entry::pod)
                    .toList());
  }

  private static Future<Void> each(
      List<ObjectNode> plugins, Function<ObjectNode, Future<Void>> work) {
    Future<Void> done = Future.succeededFuture();
    for (var plugin : plugins) {
      done = done.compose(_ -> work.apply(plugin));
    }
    return done;
  }

  @Override
  public Future<Void> podRange(Call call, String subnets) {
    return call.alive().compose(_ -> range.take(subnets)).onSuccess(_ -> configurations.changed());
  }

  @Override
  public Future<List<SandboxId>> cached() {
    return cache.ids();
  }

  @Override
  public Optional<String> notReady() {
    return configurations.now().notReady();
  }

  @Override
  public Description description() {
    return configurations.now().description();
  }

  private Chain chain() {
    var now = configurations.now();
    return now.chain()
        .orElseThrow(() -> RuntimeFault.unavailable(now.notReady().orElse("no network"), null));
  }

  private Future<Attachment> attach(Call call, Entry entry) {
    var attached = new AtomicReference<>(entry);
    return Flow.of(call)
        .step(
            AttachStep.RUN_PLUGINS,
            () ->
                add(call, entry)
                    .map(
                        all -> {
                          attached.set(all);
                          return all.attachment(); // a result without an address is a failed ADD
                        }))
        .step(AttachStep.KEEP_RESULT, () -> cache.keepResult(attached.get()))
        .run()
        .map(_ -> attached.get().attachment())
        .recover(cause -> detachedAgain(call, entry, RuntimeFault.of(cause)));
  }

  /** Also if no plugin has been run yet: the request is kept. */
  private Future<Attachment> detachedAgain(Call call, Entry entry, RuntimeFault fault) {
    return detach(call.detached(), entry.pod().id())
        .transform(detached -> Future.failedFuture(fault.alongside(detached.cause())));
  }

  /** Each plugin gets the result of the one before it. */
  private Future<Entry> add(Call call, Entry entry) {
    var pod = new Invocation.Pod(entry.pod(), entry.pod().netns());
    var added = Future.succeededFuture(entry);
    for (var plugin : entry.chain().plugins()) {
      added =
          added.compose(
              soFar ->
                  plugins
                      .add(
                          call,
                          Invocation.ofPod(
                              Verb.ADD,
                              soFar.chain(),
                              plugin,
                              pod,
                              soFar.result(),
                              config.pluginTimeout()))
                      .map(soFar::with));
    }
    return added;
  }

  private Future<Void> detach(Call call, Entry entry) {
    return namespace(entry.pod())
        .compose(netns -> delete(call, entry, new Invocation.Pod(entry.pod(), netns)))
        .compose(_ -> cache.forget(entry.pod().id()));
  }

  /** All plugins get their DEL, the last one first, whatever becomes of the others'. */
  private Future<Void> delete(Call call, Entry entry, Invocation.Pod pod) {
    var faults = new ArrayList<RuntimeFault>();
    var patience = new Patience(config.detachTimeout(), entry.chain().plugins().size());
    var told = entry.chain().tellsResultToDelete() ? entry.result() : Optional.<ObjectNode>empty();
    return each(
            entry.chain().plugins().reversed(),
            plugin ->
                call.alive()
                    .compose(
                        _ ->
                            plugins.run(
                                call,
                                Invocation.ofPod(
                                    Verb.DEL, entry.chain(), plugin, pod, told, patience.next())))
                    .recover(cause -> noted(call, faults, RuntimeFault.of(cause))))
        .compose(_ -> anyOf(faults));
  }

  /** Goes on after a plugin's fault, but not after the end of the call. */
  private static Future<Void> noted(Call call, List<RuntimeFault> faults, RuntimeFault fault) {
    if (call.over().isPresent()) {
      return Future.failedFuture(fault);
    }
    faults.add(fault);
    return Future.succeededFuture();
  }

  private static Future<Void> anyOf(List<RuntimeFault> faults) {
    if (faults.isEmpty()) {
      return Future.succeededFuture();
    }
    var messages = faults.stream().map(RuntimeFault::getMessage).collect(Collectors.joining("; "));
    return Future.failedFuture(RuntimeFault.unavailable(messages, faults.getFirst()));
  }

  /** The namespace's path; {@code ""}, as the specification has it, if there is none there now. */
  private Future<String> namespace(Parameters pod) {
    return disk.run(() -> isNamespace(Path.of(pod.netns())) ? pod.netns() : "");
  }

  /** A pin without its mount is an empty file, as a reboot leaves it where /run is on a disk. */
  private static boolean isNamespace(Path file) throws IOException {
    return Files.exists(file)
        && Files.getAttribute(file, "unix:dev")
            .equals(Files.getAttribute(ANY_NAMESPACE, "unix:dev"));
  }
}
