package io.gantry.host;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Processes.Output;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One command from its spawn to its answer, on the context of the caller.
 *
 * <pre>
 *   running ──exit──► draining: both pipes ended, or what they held at the exit has been read and
 *      │                        the grace is over ──► answered
 *      └──cancelled, deadline──► killed ──exit, or a second later──► failed
 * </pre>
 */
final class CommandRun {
  /**
   * For what a process writes in the moment of its end; whoever holds the pipe longer is ignored.
   */
  private static final Duration GRACE = Duration.ofMillis(75);

  /** A killed process that hangs in the kernel is not waited for. */
  private static final Duration KILL_GRACE = Duration.ofSeconds(1);

  /** Enough of a complaint to know it by. */
  private static final int WORDS_BYTES_MAX = 300;

  private final Vertx vertx;
  private final Call call;
  private final LinuxProcesses processes;
  private final int outputBytesMax;
  private final Optional<OutputBudget.Share> share;
  private final ContextInternal context;

  CommandRun(
      Vertx vertx,
      Call call,
      LinuxProcesses processes,
      int outputBytesMax,
      Optional<OutputBudget.Share> share) {
    this.vertx = vertx;
    this.call = call;
    this.processes = processes;
    this.outputBytesMax = outputBytesMax;
    this.share = share;
    this.context = (ContextInternal) vertx.getOrCreateContext();
  }

  /** The command with its output captured, and a pipe for the input if there is one. */
  static Command connected(Command command, Buffer input) {
    var descriptors = new HashMap<>(command.descriptors());
    descriptors.put(0, input.length() == 0 ? Command.Io.NOTHING : Command.Io.CHILD_READS);
    descriptors.put(1, Command.Io.CHILD_WRITES);
    descriptors.put(2, Command.Io.CHILD_WRITES);
    return command.connecting(descriptors);
  }

  /**
   * @param title of the command, for those who ask what a call waits for
   */
  Future<Output> finish(LinuxChild child, String title, Buffer input) {
    return finish(child, title, input, Future::succeededFuture);
  }

  /** The same, where the exit code leads to another one, which is the answer. */
  Future<Output> finish(
      LinuxChild child, String title, Buffer input, Function<Integer, Future<Integer>> follow) {
    var stdout = new Capture(child.reading(1));
    var stderr = new Capture(child.reading(2));
    var answered = call.waitsFor(title + ", pid " + child.ref().pid(), () -> stderr.lastWords);
    if (input.length() > 0) {
      child.writing(0).end(input); // a command need not read its input: a broken pipe is no fault
    }
    return exitOf(child, child.exit().compose(follow))
        .compose(
            code ->
                drained(stdout, stderr)
                    .map(_ -> new Output(code, stdout.kept, stderr.kept, stdout.cut || stderr.cut)))
        .eventually(
            () -> {
              answered.run();
              child.close();
              return Future.succeededFuture();
            });
  }

  /** The exit code; or a fault, once the call is over and the process has been killed for it. */
  private Future<Integer> exitOf(LinuxChild child, Future<Integer> exit) {
    var over = context.<Integer>promise();
    var unwatch = call.onCancel(() -> over.tryFail(fault()));
    var timer = call.remaining().map(this::timer);
    timer.ifPresent(late -> late.onSuccess(_ -> over.tryFail(fault())));
    exit.onSuccess(over::tryComplete).onFailure(over::tryFail);
    return over.future()
        .eventually(
            () -> {
              unwatch.run();
              timer.ifPresent(Timer::cancel);
              return Future.succeededFuture();
            })
        .recover(cause -> killed(child, exit, cause));
  }

  /** A command that ended just in time has its answer. */
  private Future<Integer> killed(LinuxChild child, Future<Integer> exit, Throwable cause) {
    if (exit.isComplete()) {
      return exit;
    }
    if (child.exit().isComplete()) { // what it left behind is not ours to kill
      return Future.failedFuture(cause);
    }
    return processes
        .killSession(child.ref())
        .transform(_ -> Future.any(child.exit(), timer(KILL_GRACE)))
        .transform(_ -> Future.failedFuture(cause));
  }

  private Future<Void> drained(Capture stdout, Capture stderr) {
    var ended = Future.all(stdout.ended(), stderr.ended());
    var settled = Future.all(stdout.settled(), stderr.settled(), timer(GRACE));
    return Future.any(ended, settled).mapEmpty();
  }

  private Timer timer(Duration delay) {
    return vertx.timer(Math.max(1, delay.toMillis()), TimeUnit.MILLISECONDS);
  }

  private RuntimeFault fault() {
    return call.over()
        .orElseGet(
            () ->
                new RuntimeFault(Kind.DEADLINE_EXCEEDED, call.operation() + ": deadline exceeded"));
  }

  /** The first bytes of an output, read to its end. */
  private final class Capture {
    private final PipeSource source;
    private final Promise<Void> ended = context.promise();
    private final Buffer kept = Buffer.buffer();
    private boolean cut;
    private volatile String lastWords = "";

    Capture(PipeSource source) {
      this.source =
          source.handler(this::keep).exceptionHandler(this::lost).endHandler(ended::tryComplete);
    }

    private void keep(Buffer more) {
      var fits = Math.min(outputBytesMax - kept.length(), more.length());
      var room = share.map(own -> own.take(fits)).orElse(fits);
      cut |= more.length() > room;
      kept.appendBuffer(more, 0, room);
      lastWords = tail(more);
    }

    private static String tail(Buffer more) {
      var from = Math.max(0, more.length() - WORDS_BYTES_MAX);
      return more.getString(from, more.length()).strip();
    }

    private void lost(Throwable cause) {
      cut = true;
    }

    Future<Void> ended() {
      return ended.future();
    }

    Future<Void> settled() {
      return source.settled();
    }
  }
}
