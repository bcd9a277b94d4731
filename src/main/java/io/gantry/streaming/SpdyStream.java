package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One stream that a client opened. Ended when both sides have said their last, or one reset it. */
final class SpdyStream {
  private final SpdySession session;
  private final int id;
  private final Map<String, String> headers;
  private final Inlet in;
  private final Outlet out;
  private final List<Runnable> whenLost = new ArrayList<>();
  private boolean lost;

  SpdyStream(SpdySession session, Connection connection, int id, Map<String, String> headers) {
    this.session = session;
    this.id = id;
    this.headers = headers;
    this.in = new Inlet(connection);
    this.out = new Outlet(connection, this::send);
  }

  int id() {
    return id;
  }

  /** A header that the stream was opened with; empty if there is none. */
  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** What the client says. */
  Inlet in() {
    return in;
  }

  /** What the client is told. */
  Outlet out() {
    return out;
  }

  /** Tells the client that it may use the stream. */
  void accept() {
    session.reply(id);
  }

  /** Tells the client that it may not. */
  void refuse() {
    reset(SpdyFrames.REFUSED_STREAM);
  }

  /** Ends the stream in both directions at once. */
  void reset(int status) {
    if (!lost && !(out.closed() && in.ended())) {
      session.reset(id, status);
    }
    lost();
  }

  /** Runs {@code then} if the client resets the stream, or goes away before its end. */
  void whenLost(Runnable then) {
    if (lost) {
      then.run();
    } else {
      whenLost.add(then);
    }
  }

  /** The client reset the stream, or is gone. */
  void lost() {
    if (!lost) {
      lost = true;
      out.cut();
      in.discard();
      session.forget(id);
      whenLost.forEach(Runnable::run);
      whenLost.clear();
    }
  }

  /** Nobody cares any more for what the client still says here. */
  void forget() {
    in.discard();
    session.forget(id);
  }

  /** The client has said its last. */
  void ended() {
    in.end();
    forgetIfEnded();
  }

  private Future<Void> send(Buffer data, boolean last) {
    var written = session.say(id, data, last);
    if (last) {
      forgetIfEnded();
    }
    return written;
  }

  private void forgetIfEnded() {
    if (in.ended() && out.closed()) {
      session.forget(id);
    }
  }
}
