package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ImageRef;
import io.gantry.image.Image;
import io.gantry.image.PullImage;
import io.gantry.image.registry.Credentials;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images. */
final class ImageResource {
  private static final Logger LOG = LoggerFactory.getLogger(ImageResource.class);

  private final Behind behind;
  private final Repeats repeats;

  ImageResource(Behind behind, Repeats repeats) {
    this.behind = behind;
    this.repeats = repeats;
  }

  void serve(Door door) {
    door.list("listImages", this::list)
        .object("getImage", this::get)
        .accepted("pullImage", repeats.once(this::pull))
        .done("removeImage", this::remove);
  }

  private Future<JsonArray> list(Call call, Asked asked) {
    var chosen =
        asked
            .text("reference")
            .map(it -> behind.images().find(it).map(List::of).orElse(List.of()))
            .orElseGet(behind.images()::list);
    return Future.succeededFuture(
        Page.of(
            asked,
            chosen.stream(),
            it -> Page.Place.of(it.pulledAt(), it.id().value()),
            Seen::image));
  }

  /** The pull goes on after the answer, as a call of its own. */
  private Future<JsonObject> pull(Call call, Asked asked) {
    var body = asked.body();
    var request = new PullImage(ImageRef.parse(body.getString("reference")), credentials(body));
    var own = Call.of(behind.tools(), "PullImage", call.actor(), call.trace(), Optional.empty());
    var journal = behind.tools().journal();
    var number = journal.begun(own);
    behind
        .images()
        .pull(own, request)
        .onComplete(done -> journal.ended(own, done.cause()))
        .onFailure(
            cause ->
                LOG.atInfo()
                    .addKeyValue("image", request.reference())
                    .addKeyValue("error", cause.getMessage())
                    .log("pull failed"));
    return Future.succeededFuture(
        journal
            .find(number)
            .map(OperationResource::seen)
            .orElseThrow(() -> RuntimeFault.internal("pull: not in the journal", null)));
  }

  private static Optional<Credentials> credentials(JsonObject body) {
    return Optional.ofNullable(body.getString("username"))
        .map(user -> new Credentials.Basic(user, body.getString("password", "")));
  }

  private Future<JsonObject> get(Call call, Asked asked) {
    return Future.succeededFuture(Seen.image(present(asked)));
  }

  private Future<Void> remove(Call call, Asked asked) {
    var image = present(asked);
    EntityTag.check("image " + image.id(), Seen.image(image), asked);
    return behind.images().remove(call, image.id().value());
  }

  private Image present(Asked asked) {
    var id = asked.path("id");
    return behind
        .images()
        .find(id)
        .orElseThrow(
            () ->
                RuntimeFault.notFound(
                    "image: '" + id + "' is not here (expected: the beginning of one id)"));
  }
}
