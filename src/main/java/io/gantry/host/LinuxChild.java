package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.WriteStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A process of ours: its pidfd on the loop, and our ends of its pipes. */
final class LinuxChild implements Child {
  /** What is known of a process whose exit someone else has taken. */
  private static final int EXIT_UNKNOWN = 255;

  private final ProcessRef ref;
  private final Promise<Integer> exit;
  private final EpollLoop.Watched pidfd;
  private final Orphans orphans;
  private final Map<Integer, PipeSource> sources = new HashMap<>();
  private final Map<Integer, PipeSink> sinks = new HashMap<>();

  LinuxChild(
      EpollLoop loop,
      Orphans orphans,
      ContextInternal context,
      Command command,
      Spawner.Spawned spawned) {
    this.ref = spawned.ref();
    this.orphans = orphans;
    this.exit = context.promise();
    spawned
        .ours()
        .forEach(
            (number, end) -> {
              if (command.descriptors().get(number) == Command.Io.CHILD_READS) {
                sinks.put(number, new PipeSink(loop, context, end));
              } else {
                sources.put(number, new PipeSource(loop, context, end));
              }
            });
    this.pidfd = loop.whenReadable(spawned.pidfd(), this::reap);
    orphans.except(this);
    pidfd.start();
  }

  @Override
  public ProcessRef ref() {
    return ref;
  }

  @Override
  public Future<Integer> exit() {
    return exit.future();
  }

  @Override
  public PipeSource reading(int descriptor) {
    return Optional.ofNullable(sources.get(descriptor))
        .orElseThrow(() -> unconnected(descriptor, Command.Io.CHILD_WRITES));
  }

  @Override
  public WriteStream<Buffer> writing(int descriptor) {
    return Optional.ofNullable(sinks.get(descriptor))
        .orElseThrow(() -> unconnected(descriptor, Command.Io.CHILD_READS));
  }

  @Override
  public void finish() {
    sources.values().forEach(source -> source.settled().onComplete(_ -> source.close()));
    sinks.values().forEach(PipeSink::close);
  }

  @Override
  public void close() {
    sources.values().forEach(PipeSource::close);
    sinks.values().forEach(PipeSink::close);
  }

  /** On the loop. The pid stays taken until here, so it means this process and no other. */
  void reap() {
    reaped()
        .ifPresent(
            code -> {
              pidfd.close();
              orphans.reaped(this);
              exit.tryComplete(code);
            });
  }

  private OptionalInt reaped() {
    try {
      return ProcessCalls.reap(ref.pid());
    } catch (SyscallFailure lost) {
      return OptionalInt.of(EXIT_UNKNOWN);
    }
  }

  private RuntimeFault unconnected(int descriptor, Command.Io expected) {
    return RuntimeFault.invalid(
        "descriptor: "
            + descriptor
            + " (expected: one that the command names as "
            + expected
            + ")");
  }
}
