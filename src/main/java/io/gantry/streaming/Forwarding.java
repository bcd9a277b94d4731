package io.gantry.streaming;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a client to a port of a pod. Each half ends by itself; when both have, or one
 * has failed, the error stream ends too. What befalls it is of no concern to others.
 */
final class Forwarding {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);

  /**
   * The client's ends.
   *
   * @param abort ends the data in both directions
   * @param over nobody cares any more for what the client still says
   */
  record Ends(Inlet fromClient, Outlet toClient, Outlet errors, Runnable abort, Runnable over) {}

  private final int port;
  private final Ends ends;
  private @Nullable PortStream stream;
  private boolean over;

  Forwarding(int port, Ends ends) {
    this.port = port;
    this.ends = ends;
  }

  /** Begins; complete when it is over, however it ended. */
  Future<Void> begin(Supplier<Future<PortStream>> dialling) {
    return attempt(dialling)
        .compose(this::join)
        .otherwise(
            cause -> {
              fail(RuntimeFault.of(cause));
              return null;
            })
        .onSuccess(_ -> close());
  }

  private static Future<PortStream> attempt(Supplier<Future<PortStream>> dialling) {
    try {
      return dialling.get();
    } catch (RuntimeException thrown) {
      return Future.failedFuture(thrown);
    }
  }

  private Future<Void> join(PortStream dialled) {
    stream = dialled;
    if (over) { // the client has given up meanwhile
      dialled.close();
      return Future.succeededFuture();
    }
    var toPod =
        ends.fromClient()
            .pipeTo(dialled.toPod())
            .otherwise( // the pod takes no more; what it still says is another matter
                _ -> {
                  ends.fromClient().discard();
                  return null;
                });
    var fromPod = dialled.fromPod().pipe().endOnFailure(false).to(ends.toClient());
    return Future.all(toPod, fromPod).mapEmpty();
  }

  private void fail(RuntimeFault fault) {
    if (over) {
      return;
    }
    LOG.atDebug()
        .addKeyValue("rpc", "PortForward")
        .addKeyValue("error", String.valueOf(fault.getMessage()))
        .log("A port was not forwarded");
    var said = "error forwarding port " + port + ": " + fault.getMessage();
    var _ = ends.errors().write(Buffer.buffer(said));
    var _ = ends.errors().end();
    ends.abort().run();
  }

  /** The client has given up. */
  void lost() {
    close();
  }

  private void close() {
    if (!over) {
      over = true;
      var _ = ends.errors().end();
      ends.over().run();
    }
    if (stream != null) {
      stream.close();
      stream = null;
    }
  }
}
