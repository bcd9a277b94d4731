package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.call.Flights;
import io.gantry.call.Lane;
import io.gantry.call.Subject;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Repository;
import io.gantry.image.store.ImageStore;
import io.gantry.image.unpack.Unpacker;
import io.gantry.state.Change;
import io.gantry.state.Row;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images of which the records are in {@code state} and the layers in one store. */
final class LocalImages implements Images {
  private static final Logger LOG = LoggerFactory.getLogger(LocalImages.class);

  private final Parts parts;
  private final ImagesConfig config;
  private final ImageStore store;
  private final Shelf shelf = new Shelf();
  private final LayerFetch layers;
  private final Seams seams;
  private final Flights<PullImage, Image> pulls = Flights.cancelledWhenAbandoned();

  /** Everything that changes records or what is under a layer's name, one after the other. */
  private final Lane books = new Lane();

  private volatile Catalog catalog;

  private LocalImages(Parts parts, ImagesConfig config, ImageStore store, Loading.Loaded loaded) {
    this.parts = parts;
    this.config = config;
    this.store = store;
    this.catalog = loaded.catalog();
    shelf.putBack(loaded.layers());
    var unpacker = Unpacker.over(parts.vertx(), config.unpack());
    this.seams = new Seams(store, unpacker, shelf, books);
    this.layers = new LayerFetch(store, unpacker, shelf, books, config, this::sweepBehind);
  }

  static Future<Images> open(Parts parts, ImagesConfig config) {
    var call = Call.internal(Call.Tools.plain(), "LoadImages");
    return ImageStore.open(parts.host().disk(), config.root())
        .compose(
            store ->
                new Loading(parts.state(), store)
                    .run(call)
                    .map(loaded -> new LocalImages(parts, config, store, loaded)));
  }

  @Override
  public Future<Image> pull(Call call, PullImage request) {
    call.about(Subject.image(request.reference().toString()));
    return pulls.join(call, request, flight -> start(flight, request));
  }

  private Future<Image> start(Call call, PullImage request) {
    return parts
        .registries()
        .open(call, request.reference(), request.credentials())
        .compose(
            repository -> new Pull(this, call, Naming.of(request.reference()), repository).run())
        .onSuccess(
            image ->
                LOG.atInfo()
                    .addKeyValue("image", request.reference())
                    .log("pulled in {} ms", call.elapsed().toMillis()));
  }

  @Override
  public Future<List<Image>> importFrom(Call call, Path archive, ImportImages request) {
    return spooled(call, (imports, spool) -> imports.run(call, archive, request, spool));
  }

  @Override
  public Future<List<Image>> importFrom(
      Call call, ReadStream<Buffer> archive, ImportImages request) {
    archive.pause();
    return spooled(call, (imports, spool) -> imports.run(call, archive, request, spool));
  }

  private Future<List<Image>> spooled(
      Call call, BiFunction<Imports, Path, Future<List<Image>>> work) {
    var imports =
        new Imports(
            parts.vertx(),
            disk(),
            config.unpack().layerBytesMax(),
            (naming, repository) -> new Pull(this, call, naming, repository).run());
    return store
        .draft()
        .compose(
            draft -> work.apply(imports, draft.directory()).eventually(() -> store.discard(draft)));
  }

  @Override
  public Future<Void> exportTo(Call call, List<String> idsOrReferences, WriteStream<Buffer> to) {
    var held = new ArrayList<Held>();
    for (var name : idsOrReferences) {
      var one = hold(name);
      if (one.isEmpty()) {
        held.forEach(other -> other.letGo().run());
        return Future.failedFuture(
            RuntimeFault.notFound("image: '" + name + "' (expected: one that is here)"));
      }
      held.add(one.get());
    }
    return new Exports(parts.vertx(), disk(), parts.state(), store)
        .run(held.stream().map(Held::image).toList(), to)
        .recover(cause -> Future.failedFuture(RuntimeFault.of(cause)))
        .onComplete(_ -> held.forEach(one -> one.letGo().run()));
  }

  @Override
  public Optional<Image> find(String idOrReference) {
    return catalog.find(idOrReference);
  }

  @Override
  public Optional<Held> hold(String idOrReference) {
    return catalog
        .find(idOrReference)
        .filter(image -> shelf.pinPresent(image.layers()))
        .map(image -> new Held(image, once(() -> letGo(image))));
  }

  private static Runnable once(Runnable action) {
    var done = new AtomicBoolean();
    return () -> {
      if (done.compareAndSet(false, true)) {
        action.run();
      }
    };
  }

  /** What was forgotten meanwhile could not be freed then. */
  private void letGo(Image image) {
    shelf.unpin(image.layers());
    if (catalog.get(image.id()).isEmpty()) {
      sweepBehind();
    }
  }

  /** Nobody waits for that. */
  private void sweepBehind() {
    sweep(Call.internal(Call.Tools.plain(), "SweepLayers"))
        .onFailure(
            cause ->
                LOG.atWarn()
                    .addKeyValue("error", cause.getMessage())
                    .log("layers could not be freed"));
  }

  @Override
  public List<Image> list() {
    return catalog.list();
  }

  @Override
  public boolean pinned(Image image) {
    return Stream.concat(image.tags().stream(), image.digests().stream())
        .anyMatch(config.pins()::match);
  }

  @Override
  public Future<Void> remove(Call call, String idOrReference) {
    call.about(Subject.image(idOrReference));
    return books.enter(
        () ->
            catalog
                .find(idOrReference)
                .map(image -> forget(call, image))
                .orElseGet(Future::succeededFuture));
  }

  private Future<Void> forget(Call call, Image image) {
    var without = catalog.without(image.id());
    var change =
        new Change(
            List.of(),
            Rows.keys(image),
            List.of(Rows.removed(image)),
            false,
            () -> catalog = without);
    return free(call, without, change);
  }

  @Override
  public Future<Void> sweep(Call call) {
    return books.enter(
        () -> free(call, catalog, new Change(List.of(), List.of(), List.of(), false, () -> {})));
  }

  /** Commits {@code change}, and with it frees what is not needed after it. In the lane. */
  private Future<Void> free(Call call, Catalog after, Change change) {
    var taken = shelf.takeAllBut(() -> needed(after));
    if (taken.isEmpty() && change.removals().isEmpty()) {
      return Future.succeededFuture();
    }
    var removals =
        new Change(List.of(), taken.stream().map(Rows::key).toList(), List.of(), false, () -> {});
    return parts
        .state()
        .commit(call, change.and(removals))
        .onFailure(_ -> shelf.putBack(taken))
        .compose(
            _ ->
                Future.join(taken.stream().map(layer -> store.free(layer.diffId())).toList())
                    .mapEmpty());
  }

  private Set<Digest> needed(Catalog after) {
    var needed = new HashSet<>(parts.holds().layers());
    needed.addAll(after.layers());
    return needed;
  }

  /** Writes what a pull has found, and takes its tag from the image that had it. */
  Future<Image> record(Call call, Pull.Found found) {
    return books.enter(
        () -> {
          var image = merged(found);
          var changed = new ArrayList<Image>();
          changed.addAll(robbed(image));
          changed.add(image);
          var next = catalog.with(changed);
          var rows =
              Stream.of(
                      changed.stream().map(Rows::of),
                      found.layers().stream().map(Rows::of),
                      Stream.of(Rows.config(image.id(), found.config().content())))
                  .<Row>flatMap(part -> part)
                  .toList();
          var change =
              new Change(rows, List.of(), List.of(Rows.pulled(image)), false, () -> catalog = next);
          return parts.state().commit(call, change).map(image);
        });
  }

  /** The images that had tags of {@code image}, without them. */
  private List<Image> robbed(Image image) {
    return catalog.list().stream()
        .filter(old -> !old.id().equals(image.id()))
        .filter(old -> old.tags().stream().anyMatch(image.tags()::contains))
        .map(old -> without(old, image.tags()))
        .toList();
  }

  /** The image with the names it had and those that this pull gives it. */
  private Image merged(Pull.Found found) {
    var id = found.resolved().config().checkedDigest();
    var before = catalog.get(id);
    return new Image(
        id,
        joined(before.map(Image::tags).orElse(List.of()), found.naming().tags()),
        joined(
            before.map(Image::digests).orElse(List.of()),
            found.naming().digests(found.resolved().digest())),
        size(found),
        found.config().read(),
        found.layers().stream().map(Layer::diffId).toList(),
        before.map(Image::pulledAt).orElseGet(() -> parts.clock().instant()));
  }

  private static List<String> joined(List<String> names, List<String> more) {
    return Stream.concat(names.stream(), more.stream()).distinct().toList();
  }

  private static long size(Pull.Found found) {
    var unpacked = Set.copyOf(found.layers()).stream().mapToLong(Layer::bytes).sum();
    return unpacked + found.config().content().length();
  }

  private static Image without(Image image, List<String> tags) {
    return new Image(
        image.id(),
        image.tags().stream().filter(Predicate.not(tags::contains)).toList(),
        image.digests(),
        image.sizeBytes(),
        image.config(),
        image.layers(),
        image.pulledAt());
  }

  /**
   * Overlayfs refuses one directory twice; a layer that comes again higher up has the last word
   * anyway. A layer that hides all others ends the list.
   */
  @Override
  public List<Path> layers(Image image) {
    var directories = new ArrayList<Path>();
    for (var diffId : topDown(image)) {
      directories.add(store.layer(diffId));
      if (shelf.find(diffId).filter(Layer::opaque).isPresent()) {
        break;
      }
    }
    return directories.isEmpty() ? List.of(store.empty()) : List.copyOf(directories);
  }

  private static List<Digest> topDown(Image image) {
    return image.layers().reversed().stream().distinct().toList();
  }

  @Override
  public Usage usage() {
    var all = shelf.all();
    return new Usage(
        store.root(),
        all.stream().mapToLong(Layer::bytes).sum(),
        all.stream().mapToLong(Layer::inodes).sum());
  }

  Seams seams() {
    return seams;
  }

  Disk disk() {
    return parts.host().disk();
  }

  Shelf shelf() {
    return shelf;
  }

  Future<Void> sync() {
    return store.sync();
  }

  LayerFetches fetches(Call call, Repository repository) {
    return new LayerFetches(layers, repository, call, config.layersAtOnce());
  }
}
