package io.gantry.call;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Work under way that callers join: a second call for the same key gets the result of the first. A
 * caller's deadline lets go of the work without ending it; when the last one lets go, the work is
 * cancelled if it was made {@link #cancelledWhenAbandoned}, and goes on otherwise.
 *
 * <p>Results are delivered on the context of each caller.
 *
 * @param <K> what makes two calls the same
 * @param <T> the result
 */
public final class Flights<K, T> {
  private static final class Flight<T> {
    final Call call;
    final Promise<T> result = Promise.promise();
    final AtomicInteger aboard = new AtomicInteger();

    Flight(Call call) {
      this.call = call;
    }
  }

  private final ConcurrentMap<K, Flight<T>> underWay = new ConcurrentHashMap<>();
  private final boolean cancelAbandoned;

  private Flights(boolean cancelAbandoned) {
    this.cancelAbandoned = cancelAbandoned;
  }

  /** Work that nobody waits for any more is cancelled: pulls. */
  public static <K, T> Flights<K, T> cancelledWhenAbandoned() {
    return new Flights<>(true);
  }

  /** Work goes on without its callers, so that a retry finds it: creations. */
  public static <K, T> Flights<K, T> goingOn() {
    return new Flights<>(false);
  }

  /** Joins the work under way for {@code key}, or starts it with a call of its own. */
  public Future<T> join(Call call, K key, Function<Call, Future<T>> start) {
    var fresh = new Flight<T>(call.detached());
    var flight =
        underWay.compute(
            key,
            (_, there) -> {
              var chosen = there == null ? fresh : there;
              chosen.aboard.incrementAndGet();
              return chosen;
            });
    if (flight == fresh) {
      Futures.attempt(() -> start.apply(flight.call))
          .onComplete(
              done -> {
                underWay.remove(key, flight);
                flight.result.handle(done);
              });
    } else {
      call.follow(flight.call);
    }
    return letGo(call, key, flight);
  }

  /** Whether work for {@code key} is under way. */
  public boolean flying(K key) {
    return underWay.containsKey(key);
  }

  private Future<T> letGo(Call call, K key, Flight<T> flight) {
    Promise<T> mine = Promise.promise();
    var context = Vertx.currentContext();
    var unwatch =
        call.onCancel(
            () -> call.over().ifPresent(fault -> onContext(context, () -> mine.tryFail(fault))));
    flight
        .result
        .future()
        .onComplete(
            done ->
                onContext(
                    context,
                    () -> {
                      if (done.succeeded()) {
                        mine.tryComplete(done.result());
                      } else {
                        mine.tryFail(done.cause());
                      }
                    }));
    return mine.future()
        .andThen(
            _ -> {
              unwatch.run();
              leave(key, flight);
            });
  }

  private void leave(K key, Flight<T> flight) {
    underWay.computeIfPresent(
        key,
        (_, there) -> {
          if (there == flight && flight.aboard.decrementAndGet() == 0 && cancelAbandoned) {
            flight.call.cancel("nobody waits for it any more");
            return null;
          }
          return there;
        });
  }

  private static void onContext(@Nullable Context context, Runnable work) {
    if (context == null || context.equals(Vertx.currentContext())) {
      work.run();
    } else {
      context.runOnContext(_ -> work.run());
    }
  }
}
