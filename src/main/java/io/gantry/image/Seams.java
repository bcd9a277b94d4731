package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.call.Lane;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.image.store.Draft;
import io.gantry.image.store.ImageStore;
import io.gantry.image.unpack.Unpacked;
import io.gantry.image.unpack.Unpacker;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Seams of images (decision 0013). A layer is unpacked without those below it, and may be shared by
 * images that put it on different ones. Where it leaves something to them, a small layer of this
 * node's own making goes on it: the seam, under a digest of all it stands on. It is kept, counted
 * and freed as any layer is.
 */
final class Seams {
  private final ImageStore store;
  private final Unpacker unpacker;
  private final Shelf shelf;
  private final Lane books;

  /**
   * @param books the lane of everything that changes what is under a layer's name
   */
  Seams(ImageStore store, Unpacker unpacker, Shelf shelf, Lane books) {
    this.store = store;
    this.unpacker = unpacker;
    this.shelf = shelf;
    this.books = books;
  }

  /** The names of the seams that an image of these layers may need, the lowest first. */
  static List<Digest> names(List<Layer> layers) {
    return IntStream.range(1, layers.size())
        .filter(i -> layers.get(i).loose())
        .mapToObj(i -> name(layers, i))
        .toList();
  }

  /** No archive can have it as its diffID: it is the digest of something else. */
  private static Digest name(List<Layer> layers, int index) {
    try {
      var hash = MessageDigest.getInstance("SHA-256");
      hash.update("gantry seam".getBytes(StandardCharsets.UTF_8));
      for (var layer : layers.subList(0, index + 1)) {
        hash.update(("\n" + layer.diffId()).getBytes(StandardCharsets.UTF_8));
      }
      return Digest.sha256(hash.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-2", impossible);
    }
  }

  /**
   * The layers with the seams they need between them, the lowest first. What {@link #names} gives
   * must be pinned.
   */
  Future<List<Layer>> join(Call call, List<Layer> layers) {
    Future<List<Layer>> joined = Future.succeededFuture(List.of());
    for (var i = 0; i < layers.size(); i++) {
      var index = i;
      joined = joined.compose(below -> call.alive().compose(_ -> on(below, layers, index)));
    }
    return joined;
  }

  private Future<List<Layer>> on(List<Layer> below, List<Layer> layers, int index) {
    var stack = new ArrayList<>(below);
    stack.add(layers.get(index));
    if (index == 0 || !layers.get(index).loose()) {
      return Future.succeededFuture(stack);
    }
    var name = name(layers, index);
    var here = shelf.find(name);
    if (here.isPresent()) {
      stack.add(here.get());
      return Future.succeededFuture(stack);
    }
    return store
        .draft()
        .compose(
            draft ->
                made(draft, stack, name)
                    .recover(cause -> discard(draft).transform(_ -> Future.failedFuture(cause))));
  }

  private Future<List<Layer>> made(Draft draft, List<Layer> stack, Digest name) {
    return unpacker
        .seam(store.loose(stack.getLast().diffId()), directories(stack), draft.tree())
        .compose(
            made ->
                made.isEmpty()
                    ? discard(draft).map(_ -> stack)
                    : store
                        .tidy(draft)
                        .compose(_ -> publish(draft, name, made.get()))
                        .map(
                            seam -> {
                              stack.add(seam);
                              return stack;
                            }));
  }

  private List<Path> directories(List<Layer> stack) {
    var directories = new ArrayList<Path>();
    for (var layer : stack.reversed().stream().distinct().toList()) {
      directories.add(store.layer(layer.diffId()));
      if (layer.opaque()) {
        break;
      }
    }
    return directories;
  }

  private Future<Layer> publish(Draft draft, Digest name, Unpacked made) {
    var seam = new Layer(name, Set.of(), made.bytes(), made.inodes(), false, false);
    return books.enter(() -> store.publish(draft, name).map(_ -> shelf.add(seam)));
  }

  private Future<Void> discard(Draft draft) {
    return store.discard(draft).recover(cause -> Future.failedFuture(RuntimeFault.of(cause)));
  }
}
