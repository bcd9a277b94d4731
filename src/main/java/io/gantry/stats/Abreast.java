package io.gantry.stats;

import io.gantry.call.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

/** The same work on many things, a few of them at a time. */
final class Abreast<A, B> {
  /** As many as there are threads that read, so that nobody else's work waits behind ours. */
  static final int AT_ONCE = 4;

  private final Call call;
  private final List<A> things;
  private final Function<A, Future<Optional<B>>> work;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicReferenceArray<Optional<B>> results;

  private Abreast(Call call, List<A> things, Function<A, Future<Optional<B>>> work) {
    this.call = call;
    this.things = List.copyOf(things);
    this.work = work;
    this.results = new AtomicReferenceArray<>(things.size());
  }

  /** The results there are, in the order of {@code things}. Fails with the first failure. */
  static <A, B> Future<List<B>> map(
      Call call, List<A> things, Function<A, Future<Optional<B>>> work) {
    var all = new Abreast<>(call, things, work);
    var rows = new ArrayList<Future<Void>>();
    for (var row = 0; row < Math.min(AT_ONCE, things.size()); row++) {
      Promise<Void> ended = Promise.promise();
      all.walk(ended);
      rows.add(ended.future());
    }
    return Future.all(rows).map(_ -> all.found());
  }

  /** A loop as long as answers come at once: many of those would end the stack. */
  private void walk(Promise<Void> ended) {
    while (true) {
      var index = next.getAndIncrement();
      var over = call.over();
      if (index >= things.size() || over.isPresent()) {
        over.ifPresentOrElse(ended::fail, ended::complete);
        return;
      }
      var answer = work.apply(things.get(index)).onSuccess(found -> results.set(index, found));
      if (answer.failed()) {
        ended.fail(answer.cause());
        return;
      }
      if (!answer.succeeded()) {
        answer.onSuccess(_ -> walk(ended)).onFailure(ended::fail);
        return;
      }
    }
  }

  private List<B> found() {
    var found = new ArrayList<B>();
    for (var index = 0; index < things.size(); index++) {
      results.get(index).ifPresent(found::add);
    }
    return found;
  }
}
