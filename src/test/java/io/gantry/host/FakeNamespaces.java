package io.gantry.host;

import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/** Namespaces whose pins are empty files, where the directory exists. */
public final class FakeNamespaces implements Namespaces {
  private final FakeHost host;
  private final Map<Path, Wanted> made = new ConcurrentHashMap<>();

  FakeNamespaces(FakeHost host) {
    this.host = host;
  }

  /** What there is, by the directory of the pins. */
  public Map<Path, Wanted> made() {
    return Map.copyOf(made);
  }

  @Override
  public Future<Void> create(Wanted wanted) {
    var parts =
        wanted.directory()
            + " "
            + new TreeSet<>(wanted.kinds())
            + wanted.hostname().map(name -> " hostname=" + name).orElse("")
            + (wanted.sysctls().isEmpty() ? "" : " " + new TreeMap<>(wanted.sysctls()));
    return host.recorded("namespaces.create", parts, () -> FakeHost.done(() -> make(wanted)));
  }

  private Void make(Wanted wanted) throws Exception {
    for (var kind : wanted.kinds()) {
      if (Files.isDirectory(wanted.directory())) {
        Files.createFile(wanted.directory().resolve(kind.file()));
      }
    }
    made.put(wanted.directory(), wanted);
    return null;
  }

  @Override
  public Future<Void> remove(Path directory) {
    return host.recorded(
        "namespaces.remove", directory.toString(), () -> FakeHost.done(() -> unmake(directory)));
  }

  private Void unmake(Path directory) throws Exception {
    for (var kind : Kind.values()) {
      Files.deleteIfExists(directory.resolve(kind.file()));
    }
    made.remove(directory);
    return null;
  }

  /** Runs the work at once, in the namespaces of the test. */
  @Override
  public <T> Future<T> inside(Path pin, Callable<T> work) {
    return host.recorded("namespaces.inside", pin.toString(), () -> FakeHost.done(work));
  }
}
