package io.gantry.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/**
 * Pushes an image to a registry without a password: as little of the distribution specification as
 * that takes. Blocks.
 */
public final class RegistryPush implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI registry;

  public RegistryPush(URI registry) {
    this.registry = registry;
  }

  /** Pushes {@code blobs}, then the {@code manifest} that names them. */
  public void push(String repository, String tag, byte[] manifest, List<byte[]> blobs) {
    blobs.forEach(blob -> blob(repository, blob));
    var to = registry.resolve("/v2/" + repository + "/manifests/" + tag);
    send(put(to, DemoImage.MANIFEST_TYPE, manifest), 201);
  }

  @Override
  public void close() {
    http.close();
  }

  private void blob(String repository, byte[] content) {
    var begin = registry.resolve("/v2/" + repository + "/blobs/uploads/");
    var begun = send(HttpRequest.newBuilder(begin).POST(BodyPublishers.noBody()), 202);
    var session = registry.resolve(begun.headers().firstValue("Location").orElseThrow());
    var separator = session.getQuery() == null ? "?" : "&";
    var end = URI.create(session + separator + "digest=" + DemoImage.digest(content));
    send(put(end, "application/octet-stream", content), 201);
  }

  private static HttpRequest.Builder put(URI to, String type, byte[] content) {
    return HttpRequest.newBuilder(to)
        .header("Content-Type", type)
        .PUT(BodyPublishers.ofByteArray(content));
  }

  private HttpResponse<String> send(HttpRequest.Builder request, int expected) {
    try {
      var answer = http.send(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
      if (answer.statusCode() != expected) {
        throw new IllegalStateException(
            "%s: %d (expected: %d): %s"
                .formatted(answer.uri(), answer.statusCode(), expected, answer.body()));
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
