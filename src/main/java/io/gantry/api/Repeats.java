package io.gantry.api;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Requests that are sent again because nobody knows what became of the first: one with the {@code
 * Idempotency-Key} and the body of another gets the answer of that, and makes nothing. One that
 * comes while the first is under way waits for it; what failed has made nothing, and is tried anew.
 *
 * <p>In memory, for ten minutes and the latest thousand; a restart forgets. Confined to one thread.
 */
final class Repeats {
  private static final int KEPT_MAX = 1000;
  private static final Duration KEPT = Duration.ofMinutes(10);

  private record Key(String operation, String actor, String text) {}

  private record First(String body, Call call, Future<JsonObject> answer, long atNanos) {}

  private final LongSupplier nanos;
  private final Map<Key, First> firsts =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, First> eldest) {
          return size() > KEPT_MAX;
        }
      };

  /**
   * @param nanos a clock that only ever goes forward
   */
  Repeats(LongSupplier nanos) {
    this.nanos = nanos;
  }

  static Optional<String> key(Asked asked) {
    return asked.header("Idempotency-Key");
  }

  /** What tells one body from another. */
  static String body(Asked asked) {
    return HexFormat.of().formatHex(EntityTag.sha256(asked.bytes()));
  }

  /** For a key that another body came with. */
  static RuntimeFault another(String key) {
    return HttpFaults.exactly(
        422,
        Kind.INVALID_ARGUMENT,
        "Idempotency-Key: '" + key + "' came with another body (expected: a key of its own)");
  }

  /** Does {@code work}, unless it was done for this key. */
  Door.Json<JsonObject> once(Door.Json<JsonObject> work) {
    return (call, asked) ->
        key(asked)
            .map(
                key ->
                    once(
                        new Key(call.operation(), Seen.actor(call.actor()), key),
                        call,
                        asked,
                        work))
            .orElseGet(() -> work.answer(call, asked));
  }

  private Future<JsonObject> once(Key key, Call call, Asked asked, Door.Json<JsonObject> work) {
    var body = body(asked);
    firsts.values().removeIf(this::forgotten);
    var first = firsts.get(key);
    if (first == null) {
      return begin(key, body, call, asked, work);
    }
    if (!first.body().equals(body)) {
      throw another(key.text());
    }
    return first
        .answer()
        .recover(
            cause ->
                first.call().over().isPresent() && call.over().isEmpty()
                    ? once(key, call, asked, work) // its client has gone, and took its work along
                    : Future.failedFuture(cause));
  }

  private Future<JsonObject> begin(
      Key key, String body, Call call, Asked asked, Door.Json<JsonObject> work) {
    var answer = work.answer(call, asked);
    var first = new First(body, call, answer, nanos.getAsLong());
    firsts.put(key, first);
    return answer.onFailure(_ -> firsts.remove(key, first));
  }

  private boolean forgotten(First first) {
    return first.answer().isComplete() && nanos.getAsLong() - first.atNanos() > KEPT.toNanos();
  }
}
