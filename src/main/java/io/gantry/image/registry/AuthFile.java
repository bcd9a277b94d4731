package io.gantry.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ImageRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Credentials of the node, in the format of Docker's {@code config.json}. A key is a host, or a
 * host with the beginning of a repository's path; the longest that fits a reference is taken. A
 * helper program is not run: one that would be asked for a host is an error. Messages never hold a
 * secret.
 */
record AuthFile(Path file) {
  private static final int BYTES_MAX = 1024 * 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the file has for {@code reference}. A file that is not there has nothing. Blocks. */
  Optional<Credentials> find(ImageRef reference) throws IOException {
    var root = tree();
    for (var key : keys(reference).toList()) {
      for (var entry : root.path("auths").properties()) {
        if (place(entry.getKey()).equals(key)) {
          return Optional.of(credentials(entry.getKey(), entry.getValue()));
        }
      }
    }
    refuseHelper(root, reference.host());
    return Optional.empty();
  }

  private JsonNode tree() throws IOException {
    try (var in = Files.newInputStream(file)) {
      var bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw wrong("more than " + BYTES_MAX + " bytes", "fewer");
      }
      return JSON.readTree(bytes);
    } catch (NoSuchFileException _) {
      return JSON.createObjectNode();
    } catch (JsonProcessingException notJson) {
      throw wrong("not JSON", "Docker's config.json");
    }
  }

  /** The whole name, then with one component less each, down to the host. */
  private static Stream<String> keys(ImageRef reference) {
    return Stream.iterate(
        reference.name(),
        name -> !name.isEmpty(),
        name -> name.contains("/") ? name.substring(0, name.lastIndexOf('/')) : "");
  }

  /** Docker writes some keys as addresses: {@code https://index.docker.io/v1/}. */
  private static String place(String key) {
    var bare = key.replaceFirst("^https?://", "").replaceFirst("/(v[12]/?)?$", "");
    return bare.matches("(index|registry-1)\\.docker\\.io(/.*)?")
        ? bare.replaceFirst("^[^/]+", "docker.io")
        : bare;
  }

  private Credentials credentials(String key, JsonNode entry) {
    if (entry.path("identitytoken").asText("").length() > 0) {
      return new Credentials.Identity(entry.path("identitytoken").asText());
    }
    if (entry.path("registrytoken").asText("").length() > 0) {
      return new Credentials.Bearer(entry.path("registrytoken").asText());
    }
    if (entry.path("username").asText("").length() > 0) {
      return new Credentials.Basic(
          entry.path("username").asText(), entry.path("password").asText(""));
    }
    return Credentials.Basic.decoded(entry.path("auth").asText(""))
        .orElseThrow(() -> wrong("auths." + key + ": (hidden)", "user:password in base64"));
  }

  private void refuseHelper(JsonNode root, String host) {
    if (root.path("credHelpers").has(host) || root.path("credsStore").asText("").length() > 0) {
      throw wrong(
          "credentials of " + host + " are with a helper program", "them in auths: none is run");
    }
  }

  private RuntimeFault wrong(String value, String expected) {
    return RuntimeFault.precondition(file + ": " + value + " (expected: " + expected + ")");
  }
}
