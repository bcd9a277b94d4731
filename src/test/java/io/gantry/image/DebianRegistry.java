package io.gantry.image;

import io.gantry.client.Waiting;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The distribution project's own registry, as Debian packages it, with what was pushed to it. */
final class DebianRegistry {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final int port;

  private DebianRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static DebianRegistry in(Path folder) throws IOException {
    var port = freePort();
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("registry.yml"),
        """
        version: 0.1
        log: {level: warn, accesslog: {disabled: true}}
        storage: {filesystem: {rootdirectory: "%s"}}
        http: {addr: "127.0.0.1:%d"}
        """
            .formatted(folder.resolve("store"), port));
    var process =
        new ProcessBuilder("docker-registry", "serve", folder.resolve("registry.yml").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("registry.log").toFile())
            .start();
    var registry = new DebianRegistry(process, port);
    if (!Waiting.until(Duration.ofSeconds(10), registry::answers)) {
      throw new IOException("no answer: " + Files.readString(folder.resolve("registry.log")));
    }
    return registry;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private boolean answers() {
    try {
      send(HttpRequest.newBuilder(at("/v2/")), 200);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  String host() {
    return "127.0.0.1:" + port;
  }

  void push(String repository, String tag, TestImage image) throws IOException {
    blob(repository, image.config());
    for (var layer : image.layers()) {
      blob(repository, layer);
    }
    send(
        put(
            at("/v2/" + repository + "/manifests/" + tag),
            TestImage.MANIFEST_TYPE,
            image.manifest()),
        201);
  }

  private void blob(String repository, byte[] content) throws IOException {
    var session =
        send(
            HttpRequest.newBuilder(at("/v2/" + repository + "/blobs/uploads/"))
                .POST(BodyPublishers.noBody()),
            202);
    var separator = session.getQuery() == null ? "?" : "&";
    var end = URI.create(session + separator + "digest=" + TestImage.digest(content));
    send(put(end, "application/octet-stream", content), 201);
  }

  private static HttpRequest.Builder put(URI to, String type, byte[] content) {
    return HttpRequest.newBuilder(to)
        .header("Content-Type", type)
        .PUT(BodyPublishers.ofByteArray(content));
  }

  private URI at(String path) {
    return URI.create("http://" + host() + path);
  }

  /** The Location of the answer. */
  private URI send(HttpRequest.Builder request, int expected) throws IOException {
    try {
      var answer =
          http.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
      if (answer.statusCode() != expected) {
        throw new IOException(answer.uri() + ": " + answer.statusCode() + ": " + answer.body());
      }
      return answer
          .headers()
          .firstValue("Location")
          .map(answer.uri()::resolve)
          .orElse(answer.uri());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  void close() throws InterruptedException {
    http.close();
    process.destroy();
    process.waitFor(10, TimeUnit.SECONDS);
  }
}
