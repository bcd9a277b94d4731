package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Connections to ports over SPDY: the client opens two streams for each, one for errors and one for
 * data, and says by headers which port they are for and which two belong together.
 */
final class SpdyPorts {
  private static final String TYPE = "streamtype";
  private static final String PORT = "port";
  private static final String REQUEST = "requestid";

  /** The first of two streams, until the other one comes. */
  private record Half(SpdyStream stream, long timer) {}

  private final Vertx vertx;
  private final Duration timeout;
  private final IntFunction<Future<PortStream>> dial;
  private final Map<String, Half> halves = new HashMap<>();

  /**
   * @param timeout how long one stream waits for the other
   */
  SpdyPorts(Vertx vertx, Duration timeout, IntFunction<Future<PortStream>> dial) {
    this.vertx = vertx;
    this.timeout = timeout;
    this.dial = dial;
  }

  void opened(SpdyStream stream) {
    var type = stream.header(TYPE);
    if (!(type.equals("error") || type.equals("data")) || port(stream) == 0) {
      stream.refuse();
      return;
    }
    stream.accept();
    var request = request(stream);
    var half = halves.remove(request);
    if (half == null) {
      wait(request, stream);
      return;
    }
    vertx.cancelTimer(half.timer());
    pair(half.stream(), stream);
  }

  private void wait(String request, SpdyStream stream) {
    var timer = vertx.setTimer(timeout.toMillis(), _ -> giveUp(request, stream));
    halves.put(request, new Half(stream, timer));
    stream.whenLost(
        () -> {
          vertx.cancelTimer(timer);
          halves.remove(request, new Half(stream, timer));
        });
  }

  private void giveUp(String request, SpdyStream stream) {
    halves.remove(request);
    abort(stream, "timed out waiting for the other stream of the request");
  }

  private void pair(SpdyStream first, SpdyStream second) {
    if (first.header(TYPE).equals(second.header(TYPE)) || port(first) != port(second)) {
      abort(first, "two streams of a request that do not fit together");
      abort(second, "two streams of a request that do not fit together");
    } else if (first.header(TYPE).equals("error")) {
      forward(first, second);
    } else {
      forward(second, first);
    }
  }

  private static void abort(SpdyStream stream, String why) {
    if (stream.header(TYPE).equals("error")) {
      var _ = stream.out().write(Buffer.buffer(why));
      var _ = stream.out().end();
      stream.in().discard();
    } else {
      stream.reset(SpdyFrames.CANCEL);
    }
  }

  private void forward(SpdyStream errors, SpdyStream data) {
    var port = port(data);
    errors.in().discard();
    var forwarding =
        new Forwarding(
            port,
            new Forwarding.Ends(
                data.in(),
                data.out(),
                errors.out(),
                () -> data.reset(SpdyFrames.CANCEL),
                () -> {
                  data.forget();
                  errors.forget();
                }));
    var _ = forwarding.begin(() -> dial.apply(port));
    data.whenLost(forwarding::lost);
  }

  /** 0 if it is none. */
  private static int port(SpdyStream stream) {
    var text = stream.header(PORT);
    var port = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    return port > 65_535 ? 0 : port;
  }

  /** Clients of old name no request; theirs opens the error stream and then, next, the data. */
  private static String request(SpdyStream stream) {
    var request = stream.header(REQUEST);
    if (!request.isEmpty()) {
      return "request " + request;
    }
    return "stream " + (stream.header(TYPE).equals("error") ? stream.id() : stream.id() - 2);
  }
}
