package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.ids.Digest;
import io.gantry.image.store.ImageStore;
import io.gantry.state.Change;
import io.gantry.state.FactDraft;
import io.gantry.state.Row;
import io.gantry.state.State;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a start makes of the records and the store. The two may differ by what was under way when
 * the daemon died: a directory without a record is deleted, a record without its directory
 * forgotten, and so is an image that lacks a layer; the next pull brings it back.
 */
final class Loading {
  private static final Logger LOG = LoggerFactory.getLogger(Loading.class);

  /** What there is. */
  record Loaded(Catalog catalog, List<Layer> layers) {}

  private final State state;
  private final ImageStore store;

  Loading(State state, ImageStore store) {
    this.state = state;
    this.store = store;
  }

  Future<Loaded> run(Call call) {
    return Future.all(read(Rows.LAYER, Rows::layer), read(Rows.IMAGE, Rows::image))
        .compose(rows -> settle(call, rows.resultAt(0), rows.resultAt(1)));
  }

  private <T> Future<List<T>> read(String kind, Function<Row, T> decode) {
    return state.load(kind).compose(rows -> decoded(rows, decode));
  }

  /** One unreadable record must not stop the start. */
  private <T> Future<List<T>> decoded(List<Row> rows, Function<Row, T> decode) {
    var good = new ArrayList<T>();
    var aside = new ArrayList<Future<Void>>();
    for (var row : rows) {
      try {
        good.add(decode.apply(row));
      } catch (RuntimeException unreadable) {
        aside.add(
            state.setAside(
                new Change.Key(row.kind(), row.id()), String.valueOf(unreadable.getMessage())));
      }
    }
    return Future.all(aside).map(List.copyOf(good));
  }

  private Future<Loaded> settle(Call call, List<Layer> recorded, List<Image> images) {
    var present = new HashMap<Digest, Layer>();
    var removals = new ArrayList<Change.Key>();
    for (var layer : recorded) {
      if (store.found().contains(layer.diffId())) {
        present.put(layer.diffId(), layer);
      } else {
        removals.add(Rows.key(layer));
      }
    }
    var whole = new ArrayList<Image>();
    var facts = new ArrayList<FactDraft>();
    for (var image : images) {
      if (present.keySet().containsAll(image.layers())) {
        whole.add(image);
      } else {
        warn(image);
        removals.addAll(Rows.keys(image));
        facts.add(Rows.removed(image));
      }
    }
    var loaded = new Loaded(Catalog.of(whole), List.copyOf(present.values()));
    return forget(call, removals, facts).compose(_ -> freeStrays(present)).map(loaded);
  }

  private static void warn(Image image) {
    LOG.atWarn()
        .addKeyValue("image", image.id())
        .log("a layer is missing; the image is forgotten until it is pulled again");
  }

  private Future<Void> forget(Call call, List<Change.Key> removals, List<FactDraft> facts) {
    return removals.isEmpty()
        ? Future.succeededFuture()
        : state.commit(call, new Change(List.of(), removals, facts, false, () -> {}));
  }

  private Future<Void> freeStrays(Map<Digest, Layer> present) {
    var strays = new HashSet<>(store.found());
    strays.removeAll(present.keySet());
    return Future.all(strays.stream().map(store::free).toList()).mapEmpty();
  }
}
