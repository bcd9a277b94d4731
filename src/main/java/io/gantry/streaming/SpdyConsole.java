package io.gantry.streaming;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The streams of a process over SPDY: the client opens one for each that it asked for, and says by
 * a header which is which. The conversation begins when all are there.
 */
final class SpdyConsole {
  private static final String TYPE = "streamtype";
  private static final Set<String> TYPES = Set.of("error", "stdin", "stdout", "stderr", "resize");

  private final SpdySession session;
  private final Connection connection;
  private final ExecVersion version;
  private final Set<String> expected;
  private final Consumer<Console> complete;
  private final Map<String, SpdyStream> streams = new HashMap<>();
  private boolean begun;

  /**
   * @param complete begins the conversation
   */
  SpdyConsole(
      SpdySession session,
      Connection connection,
      ExecVersion version,
      Wanted wanted,
      Consumer<Console> complete) {
    this.session = session;
    this.connection = connection;
    this.version = version;
    this.expected = expected(version, wanted);
    this.complete = complete;
  }

  private static Set<String> expected(ExecVersion version, Wanted wanted) {
    var types = new HashSet<>(Set.of("error"));
    add(types, wanted.stdin(), "stdin");
    add(types, wanted.stdout(), "stdout");
    add(types, wanted.stderr(), "stderr");
    add(types, wanted.tty() && version.resizes(), "resize");
    return types;
  }

  private static void add(Set<String> types, boolean wanted, String type) {
    if (wanted) {
      types.add(type);
    }
  }

  /** Gives up a client that does not open its streams in time. */
  void within(Vertx vertx, Duration timeout) {
    var timer =
        vertx.setTimer(
            timeout.toMillis(),
            _ -> {
              if (!begun) {
                session.finish();
              }
            });
    connection.closed().onComplete(_ -> vertx.cancelTimer(timer));
  }

  void opened(SpdyStream stream) {
    var type = stream.header(TYPE);
    if (begun || !TYPES.contains(type) || streams.putIfAbsent(type, stream) != null) {
      stream.refuse();
      return;
    }
    stream.accept();
    if (!expected.contains(type)) {
      stream.in().discard(); // it may be there, and does nothing
    }
    if (streams.keySet().containsAll(expected)) {
      begin();
    }
  }

  private void begin() {
    begun = true;
    if (version == ExecVersion.V1) { // whose clients wait for that
      stream("stdin").ifPresent(stdin -> stdin.out().end());
    }
    var errors = streams.get("error");
    if (errors != null) {
      complete.accept(
          new Console(
              stream("stdin").map(SpdyStream::in),
              stream("stdout").map(SpdyStream::out),
              stream("stderr").map(SpdyStream::out),
              stream("resize").map(SpdyStream::in),
              errors.out(),
              version.structured(),
              connection.closed(),
              session::finish));
    }
  }

  private Optional<SpdyStream> stream(String type) {
    return expected.contains(type) ? Optional.ofNullable(streams.get(type)) : Optional.empty();
  }
}
