package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.gantry.ids.ImageRef;
import io.gantry.image.registry.Endpoint.Capability;
import io.gantry.image.registry.ManifestFetch.Document;
import io.gantry.oci.Descriptor;
import io.gantry.oci.Platform;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.Function;

/** Asks the endpoints of one host, in order. */
final class HttpRepository implements Repository {
  /** An index may name an index; nobody needs a chain of them. */
  private static final int INDEXES_MAX = 3;

  private final Vertx vertx;
  private final ImageRef reference;
  private final List<Session> sessions;
  private final Disk disk;
  private final ManifestFetch manifests;

  HttpRepository(Vertx vertx, ImageRef reference, List<Session> sessions, Disk disk) {
    this.vertx = vertx;
    this.reference = reference;
    this.sessions = List.copyOf(sessions);
    this.disk = disk;
    this.manifests = new ManifestFetch(disk);
  }

  @Override
  public Future<Resolved> resolve(Call call) {
    return named(call)
        .compose(document -> descend(call, document.digest(), document, 0))
        .recover(cause -> Future.failedFuture(about(RuntimeFault.of(cause))));
  }

  private Future<Document> named(Call call) {
    return reference
        .digest()
        .map(digest -> byDigest(call, digest))
        .orElseGet(
            () ->
                first(
                    call,
                    Capability.RESOLVE,
                    session -> manifests.byTag(call, session, reference.tag().orElseThrow())));
  }

  private Future<Document> byDigest(Call call, Digest digest) {
    return first(call, Capability.PULL, session -> manifests.byDigest(call, session, digest));
  }

  private Future<Resolved> descend(Call call, Digest named, Document document, int depth) {
    if (!Documents.isIndex(document.manifest())) {
      return Future.succeededFuture(Documents.image(named, document.digest(), document.manifest()));
    }
    if (depth == INDEXES_MAX) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "indexes within indexes (expected: " + INDEXES_MAX + " at most)"));
    }
    var chosen = Documents.choose(document.manifest(), Platform.host());
    return byDigest(call, Documents.checked(chosen))
        .compose(inner -> descend(call, named, inner, depth + 1));
  }

  @Override
  public Future<Buffer> content(Call call, Descriptor descriptor, int bytesMax) {
    if (descriptor.size() > bytesMax) {
      return Future.failedFuture(
          about(
              RuntimeFault.precondition(
                  "config of "
                      + descriptor.size()
                      + " bytes (expected: "
                      + bytesMax
                      + " at most)")));
    }
    return first(
            call,
            Capability.PULL,
            session ->
                BlobFetch.run(call, session, descriptor)
                    .compose(body -> Bodies.read(call, body, "config", descriptor.size())))
        .compose(
            content ->
                disk.run(
                    () -> {
                      Digests.verify("config", content.getBytes(), Documents.checked(descriptor));
                      return content;
                    }));
  }

  @Override
  public Future<Boolean> has(Call call, Digest digest) {
    return first(call, Capability.PULL, session -> BlobCheck.run(call, session, digest));
  }

  @Override
  public Future<Blob> blob(Call call, Descriptor descriptor) {
    return part(call, descriptor, 0)
        .map(
            first -> {
              var whole =
                  new ResumedStream(
                      vertx,
                      call,
                      first.body(),
                      descriptor.size(),
                      from -> part(call, descriptor, from),
                      come -> call.progress(title(descriptor), come, descriptor.size()));
              return new Blob(whole, whole::abandon);
            });
  }

  /** For people: as much of the digest as tells one layer of an image from another. */
  private static String title(Descriptor descriptor) {
    var digest = descriptor.checkedDigest().value();
    return "layer " + digest.substring(digest.indexOf(':') + 1).substring(0, 12);
  }

  private Future<BlobFetch.Part> part(Call call, Descriptor descriptor, long from) {
    return first(call, Capability.PULL, session -> BlobFetch.from(call, session, descriptor, from));
  }

  /** The first answer of an endpoint that can give one. */
  private <T> Future<T> first(
      Call call, Capability capability, Function<Session, Future<T>> question) {
    var able =
        sessions.stream()
            .filter(session -> session.endpoint().capabilities().contains(capability))
            .toList();
    if (able.isEmpty()) {
      return Future.failedFuture(
          about(RuntimeFault.precondition("no host with the capability " + capability)));
    }
    return attempt(call, able, 0, question)
        .recover(cause -> Future.failedFuture(about(RuntimeFault.of(cause))));
  }

  private static <T> Future<T> attempt(
      Call call, List<Session> able, int index, Function<Session, Future<T>> question) {
    var answer = question.apply(able.get(index));
    return index == able.size() - 1
        ? answer
        : answer.recover(
            cause ->
                call.over().isPresent()
                    ? Future.failedFuture(cause)
                    : attempt(call, able, index + 1, question)
                        .recover(
                            last -> Future.failedFuture(RuntimeFault.of(last).alongside(cause))));
  }

  /** Said of the image, unless it is of nobody's making or its beginning has a meaning. */
  private RuntimeFault about(RuntimeFault fault) {
    var what = "image: " + reference;
    return fault.kind() == Kind.UNAVAILABLE
            || fault.kind() == Kind.DEADLINE_EXCEEDED
            || String.valueOf(fault.getMessage()).startsWith(what)
        ? fault
        : fault.during(what);
  }
}
