package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of SPDY/3.1 over bytes, whatever carries them: the upgraded TCP connection or a
 * WebSocket tunnel.
 *
 * <p>There is no flow control by windows: the clients there are send no WINDOW_UPDATE, and a server
 * that waited for one would stand still after 64 KiB.
 */
final class SpdySession implements SpdyDecoder.Events {
  private static final Logger LOG = LoggerFactory.getLogger(SpdySession.class);

  static final int STREAMS_MAX = 2048;

  /** How often a client may be told that it is wrong before it is given up. */
  static final int OFFENCES_MAX = 100;

  private final Connection connection;
  private final WriteStream<Buffer> out;
  private final SpdyDecoder decoder = new SpdyDecoder(this);
  private final Map<Integer, SpdyStream> streams = new HashMap<>();
  private Consumer<SpdyStream> opened = SpdyStream::refuse;
  private int lastOpened;
  private int offences;
  private boolean replied;
  private boolean goingAway;
  private boolean clientLeaves;

  SpdySession(Connection connection, WriteStream<Buffer> out) {
    this.connection = connection;
    this.out = out;
  }

  /**
   * Reads from now on.
   *
   * @param opened is given each stream that the client opens, to accept or to refuse
   */
  void serve(ReadStream<Buffer> in, Consumer<SpdyStream> opened) {
    this.opened = opened;
    connection.closed().onComplete(_ -> closed());
    in.handler(this::arrived);
  }

  private void arrived(Buffer data) {
    connection.touched();
    decoder.decode(data);
  }

  private void closed() {
    goingAway = true;
    decoder.close();
    List.copyOf(streams.values()).forEach(SpdyStream::lost);
  }

  /** All is said: tells the client so, and lets it close. */
  void finish() {
    if (!goingAway) {
      connection.finish(goAway(SpdyFrames.GOAWAY_OK));
    }
  }

  private Future<Void> goAway(int status) {
    goingAway = true;
    decoder.close();
    List.copyOf(streams.values()).forEach(SpdyStream::lost);
    return write(SpdyFrames.goAway(lastOpened, status));
  }

  // ---- what streams say

  void reply(int stream) {
    answer(SpdyFrames.reply(stream, !replied));
    replied = true;
  }

  void reset(int stream, int status) {
    answer(SpdyFrames.reset(stream, status));
  }

  Future<Void> say(int stream, Buffer data, boolean last) {
    var from = 0;
    while (data.length() - from > SpdyFrames.DATA_BYTES_MAX) {
      var next = from + SpdyFrames.DATA_BYTES_MAX;
      var _ = write(SpdyFrames.data(stream, false, data.slice(from, next)));
      from = next;
    }
    return write(SpdyFrames.data(stream, last, from == 0 ? data : data.slice(from, data.length())));
  }

  void forget(int stream) {
    streams.remove(stream);
    closeIfLeft();
  }

  private void closeIfLeft() {
    if (clientLeaves && streams.isEmpty() && !goingAway) {
      connection.finish(Future.succeededFuture());
    }
  }

  private void answer(Buffer frame) {
    var _ = write(frame);
    connection.answered();
  }

  private Future<Void> write(Buffer frame) {
    connection.touched();
    return connection.sending(frame.length(), out.write(frame));
  }

  // ---- what the client says

  @Override
  public void opened(int id, Map<String, String> headers, boolean last, boolean unidirectional) {
    if (goingAway || clientLeaves) {
      return;
    }
    if (id <= lastOpened || id % 2 == 0 || unidirectional) {
      offended(id, SpdyFrames.PROTOCOL_ERROR);
      return;
    }
    lastOpened = id;
    if (streams.size() >= STREAMS_MAX) {
      offended(id, SpdyFrames.REFUSED_STREAM);
      return;
    }
    var stream = new SpdyStream(this, connection, id, headers);
    streams.put(id, stream);
    if (last) {
      stream.ended();
    }
    opened.accept(stream);
  }

  @Override
  public void data(int id, Buffer data, boolean last) {
    var stream = streams.get(id);
    if (stream == null) {
      if (id > lastOpened || id % 2 == 0) {
        offended(id, SpdyFrames.INVALID_STREAM);
      } // else it was on its way when the stream ended
      return;
    }
    if (stream.in().ended()) {
      offended(id, SpdyFrames.STREAM_ALREADY_CLOSED);
      stream.lost();
      return;
    }
    stream.in().arrived(data);
    if (last) {
      stream.ended();
    }
  }

  @Override
  public void reset(int id) {
    var stream = streams.get(id);
    if (stream != null) {
      stream.lost();
    }
  }

  @Override
  public void ended(int id) {
    var stream = streams.get(id);
    if (stream != null) {
      stream.ended();
    }
  }

  /** The ids of a client's own pings are odd; others answer pings that were never sent. */
  @Override
  public void pinged(int id) {
    if (id % 2 != 0) {
      answer(SpdyFrames.ping(id));
    }
  }

  /** The client opens no more streams; those that it has go on. */
  @Override
  public void goneAway() {
    clientLeaves = true;
    closeIfLeft();
  }

  @Override
  public void violated(String what) {
    LOG.atDebug().addKeyValue("error", what).log("A streaming client does not speak SPDY");
    if (!goingAway) {
      var _ = goAway(SpdyFrames.GOAWAY_PROTOCOL_ERROR);
      connection.finish(Future.succeededFuture()); // whether or not it reads that
    }
  }

  private void offended(int id, int status) {
    offences++;
    if (offences > OFFENCES_MAX) {
      decoder.close();
      violated("too many frames for streams that are not there");
    } else {
      reset(id, status);
    }
  }
}
