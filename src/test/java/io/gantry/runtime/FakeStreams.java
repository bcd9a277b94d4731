package io.gantry.runtime;

import io.gantry.host.FakeSockets.Opened;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Streams of a process that is the test. */
public final class FakeStreams implements ExecStreams {
  private final boolean stdin;
  private final boolean stdout;
  private final boolean stderr;
  private final Opened output = new Opened();
  private final Opened errors = new Opened();
  private final Promise<Integer> exit = Promise.promise();
  private final List<String> sizes = new ArrayList<>();
  private boolean closed;

  public FakeStreams(boolean stdin, boolean stdout, boolean stderr) {
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** The process writes; what it has been sent is there too. */
  public Opened output() {
    return output;
  }

  public Opened errors() {
    return errors;
  }

  /** The process ends, and its streams with it. */
  public void exits(int code) {
    output.ends();
    errors.ends();
    exit.tryComplete(code);
  }

  /** Sizes that were set: {@code 80x24}. */
  public List<String> sizes() {
    return List.copyOf(sizes);
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public Optional<WriteStream<Buffer>> stdin() {
    return stdin ? Optional.of(output.writing()) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stdout() {
    return stdout ? Optional.of(output.reading()) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stderr() {
    return stderr ? Optional.of(errors.reading()) : Optional.empty();
  }

  @Override
  public Future<Void> resize(int width, int height) {
    sizes.add(width + "x" + height);
    return Future.succeededFuture();
  }

  @Override
  public Future<Integer> exit() {
    return exit.future();
  }

  @Override
  public void close() {
    closed = true;
  }
}
