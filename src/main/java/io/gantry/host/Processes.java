package io.gantry.host;

import io.gantry.call.Call;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Processes: spawned with posix_spawn, awaited by pidfd, never a thread for each. */
public interface Processes {
  /** What a finished command said: output is capped, {@code truncated} tells. */
  record Output(int exitCode, Buffer stdout, Buffer stderr, boolean truncated) {}

  /** Spawns {@code command}. A program that cannot be executed is FAILED_PRECONDITION. */
  Future<Child> spawn(Command command);

  /**
   * Runs {@code command} to its end with {@code input} on its standard input. When the call is
   * cancelled or its deadline passes, the process and its session are killed and the future fails.
   * A process that outlives the command holding a pipe does not delay the answer.
   *
   * @param outputBytesMax kept of each of stdout and stderr; the rest is read and dropped
   */
  Future<Output> run(Call call, Command command, Buffer input, int outputBytesMax);

  /**
   * Runs {@code command}, which starts another one with its own output and ends, and waits for that
   * other one's end: its exit code and output are the answer. If the command itself fails, its own
   * code is. When the call is cancelled only the command is killed, if it still runs.
   *
   * @param pidFile where the command leaves the pid of the other one
   */
  Future<Output> runDetached(Call call, Command command, Path pidFile, int outputBytesMax);

  /** The process that has this pid now, if one has. */
  Future<Optional<ProcessRef>> find(int pid);

  /** Whether the process still runs (a zombie does not). */
  Future<Boolean> alive(ProcessRef process);

  /** Completes when the process has ended, whoever's child it is. At once if it already has. */
  Future<Void> ended(ProcessRef process);

  /**
   * Completes with the exit code of a process whose starter was a child of this daemon and has
   * ended; 255 if it is no such process. To be asked for once.
   *
   * @param sinceNanos {@link System#nanoTime} of a moment before it was started: what had that pid
   *     and ended earlier is another one
   */
  Future<Integer> exitOfOrphan(int pid, long sinceNanos);

  /** Sends a signal; to a process that has ended it is a success without effect. */
  Future<Void> signal(ProcessRef process, int signal);

  /** The children of a process, and theirs: read from /proc, so a moment old. */
  Future<List<ProcessRef>> descendants(ProcessRef process);
}
