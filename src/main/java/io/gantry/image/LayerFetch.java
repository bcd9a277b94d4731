package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.call.Flights;
import io.gantry.call.Lane;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Repository;
import io.gantry.image.store.Draft;
import io.gantry.image.store.ImageStore;
import io.gantry.image.unpack.Unpacked;
import io.gantry.image.unpack.Unpacker;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Brings one layer onto the shelf: there already, on its way for another pull, or downloaded. A
 * layer that this pull does not download itself counts only once its registry has confirmed that
 * these credentials may have the blob: knowing a digest proves nothing.
 */
final class LayerFetch {
  private record Wanted(Digest blob, Digest diffId) {}

  private final ImageStore store;
  private final Unpacker unpacker;
  private final Shelf shelf;
  private final Lane books;
  private final Slots slots;
  private final boolean keepBlobs;
  private final Runnable sweep;
  private final Flights<Wanted, Layer> flights = Flights.cancelledWhenAbandoned();

  /**
   * @param books the lane of everything that changes what is under a layer's name
   * @param sweep for a layer that was finished after all who wanted it had gone
   */
  LayerFetch(
      ImageStore store,
      Unpacker unpacker,
      Shelf shelf,
      Lane books,
      ImagesConfig config,
      Runnable sweep) {
    this.store = store;
    this.unpacker = unpacker;
    this.shelf = shelf;
    this.books = books;
    this.slots = new Slots(config.unpack().threads());
    this.keepBlobs = config.keepBlobs();
    this.sweep = sweep;
  }

  /** The layer must be pinned. */
  Future<Layer> fetch(Call call, Repository repository, Descriptor blob, Digest diffId) {
    var here = shelf.verified(diffId, blob.checkedDigest());
    return here.isEmpty()
        ? downloaded(call, repository, blob, diffId)
        : repository
            .has(call, blob.checkedDigest())
            .compose(
                has ->
                    has
                        ? Future.succeededFuture(here.get())
                        : downloaded(call, repository, blob, diffId));
  }

  private Future<Layer> downloaded(
      Call call, Repository repository, Descriptor blob, Digest diffId) {
    var own = new AtomicBoolean();
    return flights
        .join(
            call,
            new Wanted(blob.checkedDigest(), diffId),
            flight -> {
              own.set(true);
              return slots
                  .run(() -> download(flight, repository, blob, diffId))
                  .onSuccess(_ -> flight.over().ifPresent(_ -> sweep.run()));
            })
        .compose(
            layer ->
                own.get()
                    ? Future.succeededFuture(layer)
                    : confirmed(call, repository, blob).map(layer));
  }

  private static Future<Void> confirmed(Call call, Repository repository, Descriptor blob) {
    return repository
        .has(call, blob.checkedDigest())
        .compose(
            has ->
                has
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        RuntimeFault.notFound("blob: " + blob.digest() + ": not there")));
  }

  private Future<Layer> download(Call call, Repository repository, Descriptor blob, Digest diffId) {
    return call.alive()
        .compose(_ -> store.draft())
        .compose(
            draft ->
                filled(call, repository, blob, diffId, draft)
                    .compose(unpacked -> publish(draft, blob, diffId, unpacked))
                    .recover(cause -> discard(draft, cause)));
  }

  private Future<Unpacked> filled(
      Call call, Repository repository, Descriptor blob, Digest diffId, Draft draft) {
    return repository
        .blob(call, blob)
        .compose(bytes -> unpacker.unpack(call, bytes, blob, diffId, room(draft, blob)))
        .compose(unpacked -> store.tidy(draft).map(unpacked));
  }

  private Unpacker.Room room(Draft draft, Descriptor blob) {
    return new Unpacker.Room(
        draft.tree(),
        draft.aside(),
        draft.loose(),
        keepBlobs ? Optional.of(draft.blob(blob.checkedDigest())) : Optional.empty());
  }

  private Future<Layer> publish(Draft draft, Descriptor blob, Digest diffId, Unpacked unpacked) {
    var layer =
        new Layer(
            diffId,
            Set.of(blob.checkedDigest()),
            unpacked.bytes(),
            unpacked.inodes(),
            unpacked.opaque(),
            unpacked.loose());
    return books.enter(() -> store.publish(draft, diffId).map(_ -> shelf.add(layer)));
  }

  private Future<Layer> discard(Draft draft, Throwable cause) {
    return store
        .discard(draft)
        .transform(
            discarded -> Future.failedFuture(RuntimeFault.of(cause).alongside(discarded.cause())));
  }
}
