package io.gantry.cri;

import com.google.protobuf.MessageLite;
import io.vertx.core.Future;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.List;
import java.util.function.Function;

/**
 * A list in several messages, each well below what clients accept; an empty list is no message at
 * all. The next one is written when the client has taken the last.
 */
final class Chunks {
  static final int ITEMS_MAX = 1000;
  static final int BYTES_MAX = 2 << 20;

  private Chunks() {}

  /** Complete when all is written. */
  static <I extends MessageLite, A> Future<Void> send(
      GrpcServerResponse<?, A> answers, List<I> items, Function<List<I>, A> message) {
    if (items.isEmpty()) {
      return Future.succeededFuture();
    }
    var end = end(items);
    return answers
        .write(message.apply(items.subList(0, end)))
        .compose(_ -> send(answers, items.subList(end, items.size()), message));
  }

  /** How many of the next items go into one message: at least one. */
  private static int end(List<? extends MessageLite> items) {
    var bytes = 0;
    for (var count = 0; count < Math.min(ITEMS_MAX, items.size()); count++) {
      bytes += items.get(count).getSerializedSize();
      if (bytes > BYTES_MAX) {
        return Math.max(1, count);
      }
    }
    return Math.min(ITEMS_MAX, items.size());
  }
}
