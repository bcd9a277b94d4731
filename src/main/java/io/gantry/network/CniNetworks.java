package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.SandboxId;
import io.gantry.network.Invocation.Verb;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
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
 */
final class CniNetworks implements Networks {
  /** Every namespace file, pinned or not, is on the kernel's one nsfs: this one is always there. */
  private static final Path ANY_NAMESPACE = Path.of("/proc/self/ns/net");

  private final NetworkConfig config;
  private final ConfWatch configurations;
  private final AttachmentCache cache;
  private final Plugins plugins;
  private final Disk disk;

  CniNetworks(
      NetworkConfig config,
      ConfWatch configurations,
      AttachmentCache cache,
      Plugins plugins,
      Disk disk) {
    this.config = config;
    this.configurations = configurations;
    this.cache = cache;
    this.plugins = plugins;
    this.disk = disk;
  }

  @Override
  public Future<Attachment> attach(Call call, Attach request) {
    return detach(call, request.id()) // no plugin may see two ADDs without a DEL between them
        .map(_ -> new Entry(Parameters.of(request), chain(), Optional.empty()))
        .compose(entry -> attach(call, entry));
  }

  @Override
  public Future<Void> detach(Call call, SandboxId pod) {
    return cache
        .find(pod, configurations.now().chain())
        .compose(
            kept ->
                kept.map(entry -> detach(call, entry)).orElseGet(Future::<Void>succeededFuture));
  }

  @Override
  public Future<List<SandboxId>> cached() {
    return cache.ids();
  }

  @Override
  public Optional<String> notReady() {
    return configurations.now().notReady();
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
            AttachStep.KEEP_REQUEST,
            () -> cache.keep(entry),
            () -> detach(call.detached(), entry.pod().id()))
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
        .map(_ -> attached.get().attachment());
  }

  /** Each plugin gets the result of the one before it. */
  private Future<Entry> add(Call call, Entry entry) {
    var added = Future.succeededFuture(entry);
    for (var plugin : entry.chain().plugins()) {
      added =
          added.compose(
              soFar ->
                  plugins
                      .add(call, run(Verb.ADD, soFar, plugin, soFar.pod().netns()))
                      .map(soFar::with));
    }
    return added;
  }

  private Future<Void> detach(Call call, Entry entry) {
    return namespace(entry.pod())
        .compose(netns -> delete(call, entry, netns))
        .compose(_ -> cache.forget(entry.pod().id()));
  }

  /** All plugins get their DEL, the last one first, whatever becomes of the others'. */
  private Future<Void> delete(Call call, Entry entry, String netns) {
    var faults = new ArrayList<RuntimeFault>();
    Future<Void> done = Future.succeededFuture();
    for (var plugin : entry.chain().plugins().reversed()) {
      done =
          done.compose(_ -> call.alive())
              .compose(_ -> plugins.delete(call, run(Verb.DEL, entry, plugin, netns)))
              .recover(cause -> noted(call, faults, RuntimeFault.of(cause)));
    }
    return done.compose(
        _ -> faults.isEmpty() ? Future.succeededFuture() : Future.failedFuture(joined(faults)));
  }

  /** Goes on after a plugin's fault, but not after the end of the call. */
  private static Future<Void> noted(Call call, List<RuntimeFault> faults, RuntimeFault fault) {
    if (call.over().isPresent()) {
      return Future.failedFuture(fault);
    }
    faults.add(fault);
    return Future.succeededFuture();
  }

  private static RuntimeFault joined(List<RuntimeFault> faults) {
    var messages = faults.stream().map(RuntimeFault::getMessage).collect(Collectors.joining("; "));
    return RuntimeFault.unavailable(messages, faults.getFirst());
  }

  private Invocation run(Verb verb, Entry entry, ObjectNode plugin, String netns) {
    var tellsResult = verb == Verb.ADD || entry.chain().tellsResultToDelete();
    return new Invocation(
        verb,
        entry.chain(),
        plugin,
        entry.pod(),
        netns,
        tellsResult ? entry.result() : Optional.empty(),
        verb == Verb.ADD ? config.pluginTimeout() : config.detachTimeout());
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
