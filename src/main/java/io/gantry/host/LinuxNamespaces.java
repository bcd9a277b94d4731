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
    MountCalls.unshare(
        wanted.kinds().stream().map(LinuxNamespaces::flag).reduce(0, (some, flag) -> some | flag));
    if (wanted.hostname().isPresent()) {
      name(wanted, wanted.hostname().get());
    }
    if (wanted.kinds().contains(Kind.NET)) {
      bringLoopbackUp();
    }
    for (var sysctl : sysctls) {
      sysctl.write();
    }
    pin(wanted);
  }

  private static int flag(Kind kind) {
    return switch (kind) {
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
  private static void pin(Wanted wanted) throws IOException {
    var pins = new ArrayList<Path>();
    try {
      for (var kind : wanted.kinds()) {
        pins.add(Files.createFile(wanted.directory().resolve(kind.file())));
        var namespace = "/proc/thread-self/ns/" + kind.file();
        MountCalls.mount(namespace, pins.getLast().toString(), null, MountCalls.MS_BIND, null);
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
    var namespace = Descriptors.open(pin, Descriptors.O_RDONLY);
    try {
      MountCalls.enter(namespace, MountCalls.CLONE_NEWNET);
    } finally {
      Descriptors.close(namespace);
    }
  }
}
