package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The Linux that this process runs on. One for each daemon. */
public final class LinuxHost implements Host {
  private static final int DISK_THREADS = 4;
  private static final int KERNEL_THREADS = 4;
  private static final int SPAWN_THREADS = 2;

  private final EpollLoop loop;
  private final Pool diskPool;
  private final Pool kernelPool;
  private final Pool spawnPool;
  private final Disk disk;
  private final Processes processes;
  private final Namespaces namespaces;
  private final Mounts mounts;
  private final LinuxCgroups cgroups;
  private final Watches watches;
  private final Sockets sockets;
  private final Fifos fifos;
  private final String bootId;

  private LinuxHost(Vertx vertx, int diskThreads) throws IOException {
    loop = new EpollLoop();
    diskPool = Pool.of(vertx, "gantry-disk", diskThreads);
    kernelPool = Pool.of(vertx, "gantry-kernel", KERNEL_THREADS);
    spawnPool = Pool.of(vertx, "gantry-spawn", SPAWN_THREADS);
    var apart = new OwnThread(vertx, loop);
    disk = new LinuxDisk(diskPool);
    processes = new LinuxProcesses(vertx, loop, spawnPool, apart, ChildLimits.ofThisProcess());
    namespaces = new LinuxNamespaces(kernelPool, apart);
    mounts = new LinuxMounts(kernelPool, apart, namespaces);
    cgroups = new LinuxCgroups(vertx, kernelPool, Hierarchy.all(MountTable.lines()));
    watches = new LinuxWatches(vertx, loop);
    sockets = new LinuxSockets(vertx, loop, kernelPool, apart);
    fifos = new LinuxFifos(vertx, loop, kernelPool);
    bootId = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
  }

  /**
   * The host with {@code diskThreads} threads for file work. What this process's own limits are now
   * is what children are given unless their command says otherwise.
   */
  public static LinuxHost on(Vertx vertx, int diskThreads) {
    try {
      return new LinuxHost(vertx, diskThreads);
    } catch (IOException failure) {
      throw RuntimeFault.unavailable("host: " + failure.getMessage(), failure);
    }
  }

  /** The host with as many threads for file work as a small node can use. */
  public static LinuxHost on(Vertx vertx) {
    return on(vertx, DISK_THREADS);
  }

  @Override
  public Disk disk() {
    return disk;
  }

  @Override
  public Processes processes() {
    return processes;
  }

  @Override
  public Namespaces namespaces() {
    return namespaces;
  }

  @Override
  public Mounts mounts() {
    return mounts;
  }

  @Override
  public Cgroups cgroups() {
    return cgroups;
  }

  @Override
  public Watches watches() {
    return watches;
  }

  @Override
  public Sockets sockets() {
    return sockets;
  }

  @Override
  public Fifos fifos() {
    return fifos;
  }

  @Override
  public String bootId() {
    return bootId;
  }

  @Override
  public boolean clockSynchronized() {
    try {
      return KernelClock.isSynchronized();
    } catch (SyscallFailure failure) {
      throw Faults.of(failure);
    }
  }

  /** Ends the threads of this host. Processes run on; their ends are no longer noticed. */
  public Future<Void> close() {
    cgroups.close();
    return Future.join(
            List.of(diskPool.close(), kernelPool.close(), spawnPool.close(), loop.close()))
        .mapEmpty();
  }
}
