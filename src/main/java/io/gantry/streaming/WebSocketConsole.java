package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/** The streams of a process as channels of a WebSocket, which have fixed numbers. */
final class WebSocketConsole {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;

  private WebSocketConsole() {}

  /** The console of a socket that has been opened; an empty message says so to its client. */
  static Console on(
      WebSocketChannels channels, Connection connection, ChannelForm form, Wanted wanted) {
    var first = wanted.stdout() ? STDOUT : wanted.stderr() ? STDERR : ERROR;
    var _ = channels.send(first, Buffer.buffer());
    return new Console(
        only(wanted.stdin()).map(_ -> channels.inlet(STDIN)),
        only(wanted.stdout()).map(_ -> channels.outlet(STDOUT)),
        only(wanted.stderr()).map(_ -> channels.outlet(STDERR)),
        only(wanted.tty()).map(_ -> channels.inlet(RESIZE)),
        channels.outlet(ERROR),
        form.structured(),
        connection.closed(),
        channels::finish);
  }

  private static Optional<Boolean> only(boolean wanted) {
    return wanted ? Optional.of(true) : Optional.empty();
  }
}
