package io.gantry.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits of children, so that what the daemon sets for itself does not become theirs. They are
 * written from outside, right after the spawn: a child that has forked by then has passed on ours.
 *
 * @param oomScoreAdj the daemon's own when it started
 * @param openFiles the daemon's own when it started
 */
record ChildLimits(int oomScoreAdj, ProcessCalls.OpenFiles openFiles) {
  private static final Logger LOGGER = LoggerFactory.getLogger(ChildLimits.class);
  private static final int OOM_SCORE_ADJ_MIN = -1000;
  private static final int OOM_SCORE_ADJ_MAX = 1000;

  /** What this process has now. */
  static ChildLimits ofThisProcess() throws IOException {
    var score = Files.readString(Path.of("/proc/self/oom_score_adj")).strip();
    return new ChildLimits(Integer.parseInt(score), ProcessCalls.openFiles(0));
  }

  /** Limits the process; one that cannot be limited so runs on with what it has. */
  void apply(int pid, Command.Limits wanted) {
    try {
      applyScore(pid, wanted.oomScoreAdj().orElse(oomScoreAdj));
      applyOpenFiles(pid, wanted);
    } catch (IOException failure) {
      LOGGER
          .atDebug()
          .addKeyValue("error", failure.getMessage())
          .log("Process {} could not be given its limits", pid);
    }
  }

  /** Going below the lowest score so far takes CAP_SYS_RESOURCE. */
  private void applyScore(int pid, int wanted) throws IOException {
    var score = Math.clamp(wanted, OOM_SCORE_ADJ_MIN, OOM_SCORE_ADJ_MAX);
    try {
      writeScore(pid, score);
    } catch (IOException refused) {
      if (score < oomScoreAdj) {
        writeScore(pid, oomScoreAdj);
      } else {
        throw refused;
      }
    }
  }

  private static void writeScore(int pid, int score) throws IOException {
    Files.writeString(
        Path.of("/proc/" + pid + "/oom_score_adj"),
        Integer.toString(score),
        StandardOpenOption.WRITE);
  }

  /** Raising the hard limit takes CAP_SYS_RESOURCE: without it, as far as it goes. */
  private void applyOpenFiles(int pid, Command.Limits wanted) throws SyscallFailure {
    if (wanted.openFiles().isEmpty()) {
      ProcessCalls.limitOpenFiles(pid, openFiles);
      return;
    }
    var files = wanted.openFiles().getAsLong();
    try {
      ProcessCalls.limitOpenFiles(pid, new ProcessCalls.OpenFiles(files, files));
    } catch (SyscallFailure refused) {
      if (!refused.is(Errno.EPERM)) {
        throw refused;
      }
      ProcessCalls.limitOpenFiles(
          pid, new ProcessCalls.OpenFiles(openFiles.hard(), openFiles.hard()));
    }
  }
}
