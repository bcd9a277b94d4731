package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.IdMappings;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/** Namespaces without a process in them: made on a thread of their own, kept by bind mounts. */
public interface Namespaces {
  /** The kinds that Gantry makes itself; the file of a pinned one is its name in lower case. */
  enum Kind {
    /** Owns those that are made with it. */
    USER,
    NET,
    IPC,
    UTS;

    /** {@code user}, {@code net}, {@code ipc} or {@code uts}: as in /proc/self/ns. */
    public String file() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * What to make.
   *
   * @param directory where the pins go; it exists and is empty
   * @param kinds which namespaces
   * @param users the ids of the new user namespace; there if, and only if, one is wanted
   * @param hostname set in the new UTS namespace
   * @param sysctls written inside, by their dotted names; only of namespaces that are made here
   */
  record Wanted(
      Path directory,
      Set<Kind> kinds,
      Optional<IdMappings> users,
      Optional<String> hostname,
      Map<String, String> sysctls) {
    public Wanted {
      if (kinds.contains(Kind.USER) != users.isPresent()) {
        throw RuntimeFault.invalid(
            "namespaces: " + kinds + " with " + users + " (expected: ids with USER)");
      }
    }

    /** Owned by the user namespace of the daemon. */
    public Wanted(
        Path directory, Set<Kind> kinds, Optional<String> hostname, Map<String, String> sysctls) {
      this(directory, kinds, Optional.empty(), hostname, sysctls);
    }
  }

  /**
   * Makes and pins the namespaces, with the loopback device up in a new network namespace. If it
   * fails, nothing stays.
   */
  Future<Void> create(Wanted wanted);

  /** Unpins what {@code directory} holds and deletes the pins; idempotent. */
  Future<Void> remove(Path directory);

  /**
   * Runs {@code work} on a thread that has entered the network namespace at {@code pin}. It must
   * not start threads, nor complete futures of others: a new thread would stay in the namespace.
   */
  <T> Future<T> inside(Path pin, Callable<T> work);
}
