package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Repository;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** All layers of one image, several at once. The first failure ends the others. */
final class LayerFetches {
  private final LayerFetch fetch;
  private final Repository repository;
  private final Slots slots;
  private final Call call;

  /** Ends with the pull, and also when one layer fails. */
  private final Call together;

  private final AtomicReference<Optional<RuntimeFault>> failure =
      new AtomicReference<>(Optional.empty());

  LayerFetches(LayerFetch fetch, Repository repository, Call call, int atOnce) {
    this.fetch = fetch;
    this.repository = repository;
    this.slots = new Slots(atOnce);
    this.call = call;
    this.together = call.detached();
  }

  /** The layers in the order of {@code blobs}; ended altogether when it completes. */
  Future<List<Layer>> run(List<Descriptor> blobs, List<Digest> diffIds) {
    var unwatch = call.onCancel(() -> together.cancel("the pull was given up"));
    var fetches =
        IntStream.range(0, blobs.size()).mapToObj(i -> one(blobs.get(i), diffIds.get(i))).toList();
    return Future.join(fetches)
        .map(done -> done.<Layer>list())
        .recover(cause -> Future.failedFuture(why(cause)))
        .onComplete(_ -> unwatch.run());
  }

  private Future<Layer> one(Descriptor blob, Digest diffId) {
    return slots
        .run(() -> together.alive().compose(_ -> fetch.fetch(together, repository, blob, diffId)))
        .onFailure(this::failed);
  }

  private void failed(Throwable cause) {
    failure.compareAndSet(Optional.empty(), Optional.of(RuntimeFault.of(cause)));
    together.cancel("another layer failed");
  }

  private RuntimeFault why(Throwable cause) {
    return call.over().or(failure::get).orElseGet(() -> RuntimeFault.of(cause));
  }
}
