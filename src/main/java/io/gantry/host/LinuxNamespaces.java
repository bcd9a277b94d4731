package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** Namespaces by unshare(2) on a thread that then ends, kept by bind mounts of nsfs files. */
final class LinuxNamespaces implements Namespaces {
  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCSIFFLAGS = 0x8914;
  private static final int IFF_UP = 1;
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_FLAGS = 16;

  private final Pool pool;
  private final OwnThread apart;

  LinuxNamespaces(Pool pool, OwnThread apart) {
    this.pool = pool;
    this.apart = apart;
  }

  @Override
  public Future<Void> create(Wanted wanted) {
    return apart
        .run(
            () -> {
              make(wanted, Sysctl.all(wanted));
              return true;
            })
        .mapEmpty();
  }

  private static void make(Wanted wanted, List<Sysctl> sysctls) throws IOException {
    if (wanted.users().isEmpty()) {
      MountCalls.unshare(flags(wanted));
      furnish(wanted, sysctls);
      pin(wanted, LinuxNamespaces::ofThisThread);
      return;
    }
    try (var sleeper = Sleeper.in(flags(wanted), wanted.users().get())) {
      for (var kind : owned(wanted)) {
        enter(sleeper.namespace(kind), flag(kind));
      }
      furnish(wanted, sysctls);
      pin(wanted, sleeper::namespace);
    }
  }

  private static Path ofThisThread(Kind kind) {
    return Path.of("/proc/thread-self/ns", kind.file());
  }

  private static int flags(Wanted wanted) {
    return owned(wanted).stream()
        .mapToInt(LinuxNamespaces::flag)
        .reduce(0, (some, flag) -> some | flag);
  }

  private static List<Kind> owned(Wanted wanted) {
    return wanted.kinds().stream().filter(kind -> kind != Kind.USER).toList();
  }

  /** What belongs into the namespaces of this thread. */
  private static void furnish(Wanted wanted, List<Sysctl> sysctls) throws IOException {
    if (wanted.hostname().isPresent()) {
      name(wanted, wanted.hostname().get());
    }
    if (wanted.kinds().contains(Kind.NET)) {
      bringLoopbackUp();
    }
    for (var sysctl : sysctls) {
      sysctl.write(wanted.users());
    }
  }

  private static int flag(Kind kind) {
    return switch (kind) {
      case USER -> MountCalls.CLONE_NEWUSER;
      case NET -> MountCalls.CLONE_NEWNET;
      case IPC -> MountCalls.CLONE_NEWIPC;
      case UTS -> MountCalls.CLONE_NEWUTS;
    };
  }

  /** Never the name of the host: only a thread with a UTS namespace of its own gets this far. */
  private static void name(Wanted wanted, String hostname) throws SyscallFailure {
    if (!wanted.kinds().contains(Kind.UTS)) {
      throw RuntimeFault.invalid("hostname: " + hostname + " (expected: with a UTS namespace)");
    }
    MountCalls.hostname(hostname);
  }

  private static void bringLoopbackUp() throws SyscallFailure {
    var socket = MountCalls.socket();
    try (var arena = Arena.ofConfined()) {
      var request = arena.allocate(IFREQ_BYTES, 8);
      request.setString(0, "lo");
      Descriptors.ioctl("loopback device", socket, SIOCGIFFLAGS, request);
      var flags = request.get(ValueLayout.JAVA_SHORT, IFREQ_FLAGS);
      request.set(ValueLayout.JAVA_SHORT, IFREQ_FLAGS, (short) (flags | IFF_UP));
      Descriptors.ioctl("loopback device", socket, SIOCSIFFLAGS, request);
    } finally {
      Descriptors.close(socket);
    }
  }

  /** Keeps all of them or none; pins that were there before are not touched. */
  private static void pin(Wanted wanted, Function<Kind, Path> namespace) throws IOException {
    var pins = new ArrayList<Path>();
    try {
      for (var kind : wanted.kinds()) {
        pins.add(Files.createFile(wanted.directory().resolve(kind.file())));
        var from = namespace.apply(kind).toString();
        MountCalls.mount(from, pins.getLast().toString(), null, MountCalls.MS_BIND, null);
      }
    } catch (IOException failure) {
      undo(pins, failure);
      throw failure;
    }
  }

  private static void undo(List<Path> pins, IOException failure) {
    try {
      for (var pin : pins) {
        unpin(pin);
      }
    } catch (IOException more) {
      failure.addSuppressed(more);
    }
  }

  @Override
  public Future<Void> remove(Path directory) {
    return pool.act(
        () -> {
          for (var kind : Kind.values()) {
            unpin(directory.resolve(kind.file()));
          }
        });
  }

  private static void unpin(Path pin) throws IOException {
    LinuxMounts.detachAll(pin);
    Files.deleteIfExists(pin);
  }

  @Override
  public <T> Future<T> inside(Path pin, Callable<T> work) {
    return apart.run(
        () -> {
          enter(pin);
          return work.call();
        });
  }

  /** Takes the calling thread into a network namespace. */
  static void enter(Path pin) throws SyscallFailure {
    enter(pin, MountCalls.CLONE_NEWNET);
  }

  private static void enter(Path pin, int kind) throws SyscallFailure {
    var namespace = Descriptors.open(pin, Descriptors.O_RDONLY);
    try {
      MountCalls.enter(namespace, kind);
    } finally {
      Descriptors.close(namespace);
    }
  }
}
