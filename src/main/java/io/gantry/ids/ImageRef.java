package io.gantry.ids;

import io.gantry.errors.RuntimeFault;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A full image reference: registry host, repository, and a tag or a digest or both.
 *
 * <p>Short names are completed as Docker does: {@code busybox} is {@code
 * docker.io/library/busybox:latest}. The grammar is that of the distribution project's reference
 * package; a repository path is safe in a URL.
 */
public record ImageRef(
    String host, String repository, Optional<String> tag, Optional<Digest> digest) {
  private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final Pattern REPOSITORY = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
  private static final Pattern HOST =
      Pattern.compile(
          "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
              + "|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final int NAME_CHARS_MAX = 255;

  public ImageRef {
    if (!HOST.matcher(host).matches()
        || !REPOSITORY.matcher(repository).matches()
        || host.length() + repository.length() > NAME_CHARS_MAX
        || (tag.isEmpty() && digest.isEmpty())
        || tag.filter(name -> !TAG.matcher(name).matches()).isPresent()) {
      throw malformed(host + "/" + repository + tag.map(name -> ":" + name).orElse(""));
    }
  }

  /** Reads a reference as people write it. */
  public static ImageRef parse(String text) {
    var at = text.indexOf('@');
    var digest =
        at < 0 ? Optional.<Digest>empty() : Optional.of(new Digest(text.substring(at + 1)));
    var named = at < 0 ? text : text.substring(0, at);
    var colon = named.lastIndexOf(':');
    var tagged = colon > named.lastIndexOf('/');
    var name = tagged ? named.substring(0, colon) : named;
    var tag = tagged ? Optional.of(named.substring(colon + 1)) : Optional.<String>empty();
    if (name.isEmpty()) {
      throw malformed(text);
    }
    var withDefault = tag.isEmpty() && digest.isEmpty() ? Optional.of("latest") : tag;
    var slash = name.indexOf('/');
    var first = slash < 0 ? "" : name.substring(0, slash);
    if (first.contains(".") || first.contains(":") || first.equals("localhost")) {
      return first.equals("docker.io") || first.equals("index.docker.io")
          ? onDockerHub(name.substring(slash + 1), withDefault, digest)
          : new ImageRef(first, name.substring(slash + 1), withDefault, digest);
    }
    return onDockerHub(name, withDefault, digest);
  }

  private static ImageRef onDockerHub(String path, Optional<String> tag, Optional<Digest> digest) {
    return new ImageRef("docker.io", path.contains("/") ? path : "library/" + path, tag, digest);
  }

  private static RuntimeFault malformed(String text) {
    var shown = text.length() > 300 ? text.substring(0, 300) + "…" : text;
    return RuntimeFault.invalid(
        "image reference: '"
            + shown
            + "' (expected: [host/]repository[:tag][@digest], in lower case)");
  }

  /** Host and repository. */
  public String name() {
    return host + "/" + repository;
  }

  /** {@code host/repository:tag}, if there is a tag. */
  public Optional<String> tagged() {
    return tag.map(word -> name() + ":" + word);
  }

  /** {@code host/repository@digest} for a digest that was resolved. */
  public String at(Digest resolved) {
    return name() + "@" + resolved;
  }

  @Override
  public String toString() {
    return name() + tag.map(name -> ":" + name).orElse("") + digest.map(d -> "@" + d).orElse("");
  }
}
