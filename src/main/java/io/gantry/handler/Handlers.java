package io.gantry.handler;

import io.gantry.host.Disk;
import io.gantry.runtime.Features;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The runtime handlers of this node. Call from any thread; answers come from memory. */
public interface Handlers {
  /**
   * Finds and probes what is configured, side by side. Fails only where not even a name is left:
   * nothing configured and nothing discovered. A handler that cannot be used is listed as such.
   *
   * @param driver makes the driver of a handler, and so probes it; asked again, it gives the one
   *     that it has made, if that still works
   */
  static Future<Handlers> open(
      HandlersConfig config, Disk disk, Function<Handler, Future<PodRuntime>> driver) {
    return ProbedHandlers.open(config, disk, driver);
  }

  /**
   * Finds what is configured and has each tell of itself, but opens nothing: for whoever asks what
   * {@link #open} would find. Fails as that does.
   */
  static Future<List<HandlerStatus>> look(
      HandlersConfig config, Disk disk, Function<Handler, Future<Features>> probe) {
    return ProbedHandlers.look(config, disk, probe);
  }

  /**
   * Finds and probes again, by what {@code config} has now; the answers change all at once when it
   * is done. A driver that was made once stays {@link #made}, whatever has become of its handler:
   * its pods may still run. Fails as {@link #open} does, and then nothing has changed.
   */
  Future<Void> again(HandlersConfig config);

  /** The driver that was made for a handler of this name, now or before. */
  Optional<PodRuntime> made(String name);

  /**
   * The driver behind a name. {@code ""} is the default. An unknown name is INVALID_ARGUMENT; a
   * broken handler is FAILED_PRECONDITION, with what is wrong.
   */
  Future<PodRuntime> driver(String name);

  /** The name that {@code name} stands for: the default's for {@code ""}; unknown ones fail. */
  Future<String> resolve(String name);

  /** The drivers that work, each once: for what concerns all, as after a restart. */
  List<PodRuntime> drivers();

  /** Every handler, broken ones included; the default first, the others by name. */
  List<HandlerStatus> all();
}
