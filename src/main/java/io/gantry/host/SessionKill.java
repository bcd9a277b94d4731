package io.gantry.host;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** The end of a session by force. */
final class SessionKill {
  /** A fork bomb could outrun the stopping for ever. */
  private static final int ROUNDS_MAX = 20;

  private SessionKill() {}

  /**
   * Kills the leader of a session with everything in it and below it. All are stopped first, until
   * no new one appears: a process that runs could fork while its siblings are being killed.
   */
  static void of(ProcessRef leader) throws IOException {
    var stopped = new LinkedHashSet<ProcessRef>();
    try {
      for (var round = 0; round < ROUNDS_MAX && stopNew(leader, stopped); round++) {}
    } finally { // whatever could not be read, nothing stays stopped
      stopped.add(leader);
      kill(stopped);
    }
  }

  private static void kill(Set<ProcessRef> processes) throws IOException {
    for (var process : processes) {
      Pidfds.send(process, ProcessCalls.SIGKILL);
    }
  }

  private static boolean stopNew(ProcessRef leader, Set<ProcessRef> stopped) throws IOException {
    var some = false;
    for (var entry : ProcessTable.sessionOf(leader)) {
      if (!entry.dead() && stopped.add(entry.ref())) {
        Pidfds.send(entry.ref(), ProcessCalls.SIGSTOP);
        some = true;
      }
    }
    return some;
  }
}
