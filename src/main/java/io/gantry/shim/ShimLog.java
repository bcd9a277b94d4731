package io.gantry.shim;

import io.gantry.host.Fifos;
import io.gantry.host.Host;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a shim writes of itself, to a FIFO where it was started. It waits for somebody to read that,
 * before it does anything else.
 */
final class ShimLog {
  private static final Logger LOGGER = LoggerFactory.getLogger(ShimLog.class);
  private static final int KEPT_CHARS = 2000;

  private final Runnable hold;
  private final Fifos.Source source;
  private volatile String kept = "";

  private ShimLog(Runnable hold, Fifos.Source source) {
    this.hold = hold;
    this.source = source;
    source.stream().handler(this::said);
  }

  /** Reads the FIFO, which exists. */
  static Future<ShimLog> of(Host host, Path fifo) {
    return host.fifos()
        .hold(fifo)
        .compose(
            hold ->
                host.fifos()
                    .reading(fifo)
                    .map(source -> new ShimLog(hold, source))
                    .onFailure(_ -> hold.run()));
  }

  private void said(Buffer bytes) {
    var text = bytes.toString(StandardCharsets.UTF_8);
    var all = kept + text;
    kept = all.substring(Math.max(0, all.length() - KEPT_CHARS));
    LOGGER.atDebug().addKeyValue("said", text.strip()).log("a shim wrote to its log");
  }

  String lastWords() {
    return kept.strip();
  }

  void close() {
    source.close();
    hold.run();
  }
}
