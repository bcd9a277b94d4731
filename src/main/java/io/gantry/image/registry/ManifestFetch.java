package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Session.Question;
import io.gantry.oci.Manifest;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code GET /v2/<name>/manifests/<reference>}. */
final class ManifestFetch {
  static final int BYTES_MAX = 4 * 1024 * 1024;

  private static final String ACCEPT =
      "application/vnd.oci.image.index.v1+json"
          + ", application/vnd.oci.image.manifest.v1+json"
          + ", application/vnd.docker.distribution.manifest.list.v2+json"
          + ", application/vnd.docker.distribution.manifest.v2+json";

  /** A document and its digest. */
  record Document(Digest digest, Manifest manifest) {}

  private final Disk disk;

  ManifestFetch(Disk disk) {
    this.disk = disk;
  }

  /** The document that {@code tag} names now. */
  Future<Document> byTag(Call call, Session session, String tag) {
    return fetch(call, session, tag, Optional.empty());
  }

  /** The document of that digest. */
  Future<Document> byDigest(Call call, Session session, Digest digest) {
    return fetch(call, session, digest.value(), Optional.of(digest));
  }

  private Future<Document> fetch(
      Call call, Session session, String reference, Optional<Digest> digest) {
    var question =
        new Question(HttpMethod.GET, "/manifests/" + reference, ACCEPT, digest.isPresent());
    var origin = session.endpoint().origin();
    return session
        .ask(call, question)
        .compose(
            response ->
                session
                    .responses()
                    .body(call, response, origin, BYTES_MAX)
                    .compose(
                        body ->
                            disk.run(
                                () ->
                                    document(
                                        body.getBytes(),
                                        digest,
                                        response.getHeader("Docker-Content-Digest")))));
  }

  /** Hashing and parsing megabytes is too long for an event loop. */
  private static Document document(
      byte[] bytes, Optional<Digest> expected, @Nullable String announced) {
    expected.ifPresent(digest -> Digests.verify("manifest", bytes, digest));
    if (expected.isEmpty() && announced != null) {
      Digests.verify("manifest", bytes, announced(announced));
    }
    var digest = expected.orElseGet(() -> Digests.sha256(bytes));
    return new Document(digest, Documents.read(bytes));
  }

  private static Digest announced(String header) {
    try {
      return new Digest(header);
    } catch (RuntimeFault malformed) {
      throw malformed.during("Docker-Content-Digest");
    }
  }
}
