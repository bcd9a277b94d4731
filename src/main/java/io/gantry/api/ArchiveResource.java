package io.gantry.api;

import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.container.Containers;
import io.gantry.ids.Digest;
import io.gantry.ids.ImageRef;
import io.gantry.image.Image;
import io.gantry.image.Images;
import io.gantry.image.ImportImages;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Images into archives, out of archives, and off the disk. */
final class ArchiveResource {
  private final Images images;
  private final Containers containers;

  ArchiveResource(Images images, Containers containers) {
    this.images = images;
    this.containers = containers;
  }

  void serve(Door door) {
    door.list("pruneImages", this::prune)
        .streamed("exportImages", this::export)
        .raw("importImages", this::take);
  }

  /** Those that no container has and that are not pinned; on a dry run they stay. */
  private Future<JsonArray> prune(Call call, Asked asked) {
    var used = used();
    var unused =
        images.list().stream()
            .filter(image -> !used.contains(image.id()) && !images.pinned(image))
            .toList();
    var seen = Seen.array(unused.stream().map(Seen::image).toList());
    return asked.flag("dryRun") ? Future.succeededFuture(seen) : removed(call, unused).map(seen);
  }

  private Set<Digest> used() {
    return containers.list().stream().map(Container::image).collect(Collectors.toSet());
  }

  /** One that a container has got meanwhile stays what it is: its layers are held. */
  private Future<Void> removed(Call call, List<Image> unused) {
    Future<Void> done = Future.succeededFuture();
    for (var image : unused) {
      done = done.compose(_ -> call.alive()).compose(_ -> images.remove(call, image.id().value()));
    }
    return done;
  }

  private Future<Void> export(Call call, Asked asked) {
    var response = asked.context().response().setChunked(true);
    response.putHeader("content-type", "application/x-tar");
    return images.exportTo(call, asked.texts("image"), response);
  }

  private Future<JsonArray> take(Call call, Asked asked) {
    var repository = asked.texts("repository").stream().findFirst();
    var request = new ImportImages(repository.map(ImageRef::parse));
    return images
        .importFrom(call, asked.context().request(), request)
        .map(all -> Seen.array(all.stream().map(Seen::image).toList()));
  }
}
