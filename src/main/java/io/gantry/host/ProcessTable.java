package io.gantry.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/** What /proc says of the processes, at the moment it is read. */
final class ProcessTable {
  private static final Path PROC = Path.of("/proc");

  // proc(5): fields of stat behind the name, which are numbered from 3.
  private static final int STATE = 0;
  private static final int PARENT = 1;
  private static final int SESSION = 3;
  private static final int START = 19;

  /**
   * A process.
   *
   * @param dead a zombie: it has ended and waits to be reaped
   */
  record Entry(ProcessRef ref, int parent, int session, boolean dead) {}

  private ProcessTable() {}

  /** The process with this pid. */
  static Optional<Entry> find(int pid) throws IOException {
    try {
      var bytes = Files.readAllBytes(PROC.resolve(pid + "/stat"));
      return Optional.of(parse(pid, new String(bytes, StandardCharsets.ISO_8859_1)));
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (IOException failure) {
      if (Files.notExists(PROC.resolve(Integer.toString(pid)))) { // went while it was being read
        return Optional.empty();
      }
      throw failure;
    }
  }

  /** The process, unless another one has its pid now. */
  static Optional<Entry> find(ProcessRef ref) throws IOException {
    return find(ref.pid()).filter(entry -> entry.ref().equals(ref));
  }

  /** All processes. */
  static List<Entry> all() throws IOException {
    var all = new ArrayList<Entry>();
    try (var names = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (var name : names) {
        find(Integer.parseInt(String.valueOf(name.getFileName()))).ifPresent(all::add);
      }
    }
    return all;
  }

  /** The children of a process and theirs, parents first. */
  static List<Entry> descendants(ProcessRef root) throws IOException {
    return descendants(root, all());
  }

  /**
   * A process that leads a session, what runs in the session, and the descendants of all these.
   * Those that left both the session and the family cannot be known any more.
   */
  static List<Entry> sessionOf(ProcessRef leader) throws IOException {
    var all = all();
    var found = new ArrayList<Entry>();
    var seen = new HashSet<ProcessRef>();
    for (var entry : all) {
      var member =
          entry.ref().equals(leader)
              || (entry.session() == leader.pid()
                  && entry.ref().startTicks() >= leader.startTicks());
      if (member && seen.add(entry.ref())) {
        found.add(entry);
        descendants(entry.ref(), all).stream()
            .filter(child -> seen.add(child.ref()))
            .forEach(found::add);
      }
    }
    return found;
  }

  private static List<Entry> descendants(ProcessRef root, List<Entry> all) {
    var found = new LinkedHashSet<Entry>();
    var parents = new ArrayDeque<>(List.of(root));
    while (!parents.isEmpty()) {
      var parent = parents.poll();
      for (var entry : all) {
        // A child is never older than its parent: an older one belongs to an earlier process.
        var child =
            entry.parent() == parent.pid() && entry.ref().startTicks() >= parent.startTicks();
        if (child && found.add(entry)) {
          parents.add(entry.ref());
        }
      }
    }
    return List.copyOf(found);
  }

  /** The name stands in parentheses and may hold anything, further parentheses included. */
  private static Entry parse(int pid, String stat) {
    var fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
    var state = fields[STATE];
    return new Entry(
        new ProcessRef(pid, Long.parseLong(fields[START])),
        Integer.parseInt(fields[PARENT]),
        Integer.parseInt(fields[SESSION]),
        state.equals("Z") || state.equals("X"));
  }
}
