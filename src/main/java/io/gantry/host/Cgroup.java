package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A control group in one hierarchy, by the files in its directory. */
record Cgroup(Hierarchy hierarchy, Path directory) {
  private static final String FREEZER = "freezer.state";
  private static final String PROCESSES = "cgroup.procs";

  /** A directory here has a link for each one in it, and two of its own (fs/kernfs/inode.c). */
  private static final Integer LINKS_OF_A_LEAF = 2;

  boolean exists() {
    return Files.isDirectory(directory);
  }

  String name() {
    return String.valueOf(directory.getFileName());
  }

  /** With its parents. On v2 the OCI runtime passes the controllers down that it needs. */
  void create() throws IOException {
    if (exists()) {
      return;
    }
    parent().create();
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException raced) {
      return;
    }
    inheritCpuset();
  }

  private Cgroup parent() {
    var above = directory.getParent();
    return new Cgroup(hierarchy, above == null ? directory : above);
  }

  /** A new cpuset of v1 has no processor and no memory node, and refuses processes. */
  private void inheritCpuset() throws IOException {
    for (var file : List.of("cpuset.cpus", "cpuset.mems")) {
      if (!hierarchy.isUnified() && Files.exists(directory.resolve(file)) && read(file).isBlank()) {
        write(file, parent().read(file).strip());
      }
    }
  }

  void join(int pid) throws IOException {
    try {
      write(PROCESSES, Integer.toString(pid));
    } catch (RuntimeFault refused) {
      if (ProcessTable.find(pid).isEmpty()) {
        throw RuntimeFault.notFound("process: " + pid + " (expected: one that runs)");
      }
      throw refused;
    }
  }

  /** What takes the numbers of processes that are to join: one a write, 0 for the writer. */
  FileChannel joins() throws IOException {
    return FileChannel.open(directory.resolve(PROCESSES), StandardOpenOption.WRITE);
  }

  /**
   * The processes here and below; those outside this PID namespace have no number to be named by.
   */
  Set<Integer> processes() throws IOException {
    var pids = new HashSet<Integer>();
    for (var group : withDescendants()) {
      pids.addAll(group.ownProcesses());
    }
    return pids;
  }

  /** Whether the process is here, and not below. */
  boolean has(int pid) throws IOException {
    return ownProcesses().contains(pid);
  }

  private Set<Integer> ownProcesses() throws IOException {
    var pids = new HashSet<Integer>();
    read(PROCESSES).lines().map(Integer::valueOf).filter(pid -> pid > 0).forEach(pids::add);
    return pids;
  }

  /**
   * Kills what is here and below now.
   *
   * @param killed who need not be killed again; those who are killed one by one are added
   */
  void kill(Set<Integer> killed) throws IOException {
    if (Files.exists(directory.resolve("cgroup.kill"))) {
      writeIfThere("cgroup.kill", "1");
      return;
    }
    for (var group : withDescendants()) {
      for (var pid : group.ownProcesses()) {
        if (killed.add(pid)) {
          group.kill(pid);
        }
      }
      group.thaw();
    }
  }

  /** The process is looked for once more when the pidfd has fixed whom the number means. */
  private void kill(int pid) throws IOException {
    int pidfd;
    try {
      pidfd = ProcessCalls.pidfd(pid);
    } catch (SyscallFailure gone) {
      return;
    }
    try {
      if (ownProcesses().contains(pid)) {
        ProcessCalls.signal(pidfd, ProcessCalls.SIGKILL);
      }
    } catch (SyscallFailure failure) {
      if (!failure.is(Errno.ESRCH)) {
        throw failure;
      }
    } finally {
      Descriptors.close(pidfd);
    }
  }

  /** What v1 has frozen does not die before it is thawed. */
  private void thaw() {
    if (hierarchy.has(FREEZER) && Files.exists(directory.resolve(FREEZER))) {
      writeIfThere(FREEZER, "THAWED");
    }
  }

  /** Whether it is gone, with those below it. */
  boolean remove() throws IOException {
    var done = true;
    for (var child : children()) {
      done &= child.remove();
    }
    return done && removeEmpty();
  }

  private boolean removeEmpty() throws IOException {
    try {
      Files.deleteIfExists(directory);
      return true;
    } catch (FileSystemException busy) { // a group with processes, or one that was just left
      if (exists()) {
        return false;
      }
      return true;
    }
  }

  List<Cgroup> children() throws IOException {
    if (isLeaf()) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).map(child -> new Cgroup(hierarchy, child)).toList();
    } catch (NoSuchFileException gone) {
      return List.of();
    }
  }

  private boolean isLeaf() throws IOException {
    try {
      return LINKS_OF_A_LEAF.equals(Files.getAttribute(directory, "unix:nlink"));
    } catch (NoSuchFileException gone) {
      return true;
    }
  }

  private List<Cgroup> withDescendants() throws IOException {
    var found = new ArrayList<Cgroup>(List.of(this));
    for (var child : children()) {
      found.addAll(child.withDescendants());
    }
    return found;
  }

  /** Empty without the file, or without the group. */
  Optional<String> content(String file) throws IOException {
    try {
      return Optional.of(Files.readString(directory.resolve(file)));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    } catch (IOException failure) {
      if (exists()) {
        throw failure;
      }
      return Optional.empty(); // removed while it was open
    }
  }

  /** Empty if the group has gone meanwhile. */
  private String read(String file) throws IOException {
    return content(file).orElse("");
  }

  /** Writes a file; on v2 it appears once the groups above pass its controller down. */
  void set(String file, String text) {
    if (hierarchy.isUnified() && !Files.exists(directory.resolve(file))) {
      parent().passDown(file.substring(0, file.indexOf('.')));
    }
    write(file, text);
  }

  private void passDown(String controller) {
    if (!directory.equals(hierarchy.mount())) {
      parent().passDown(controller);
    }
    write("cgroup.subtree_control", "+" + controller);
  }

  /** An empty group may go at any time: systemd removes those of its units. */
  private void writeIfThere(String file, String text) {
    try {
      write(file, text);
    } catch (RuntimeFault refused) {
      if (exists()) {
        throw refused;
      }
    }
  }

  /** What the kernel refuses here depends on the state of the groups, not on us. */
  private void write(String file, String text) {
    var path = directory.resolve(file);
    try {
      Files.writeString(path, text, StandardOpenOption.WRITE);
    } catch (IOException refused) {
      throw new RuntimeFault(
          Kind.FAILED_PRECONDITION,
          "cgroup: " + text + " to " + path + ": " + refused.getMessage(),
          refused);
    }
  }
}
