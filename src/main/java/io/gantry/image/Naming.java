package io.gantry.image;

import io.gantry.ids.Digest;
import io.gantry.ids.ImageRef;
import java.util.List;

/**
 * What an image will be called.
 *
 * @param said in messages
 * @param tags full references with a tag
 * @param repositories of which the manifest's digest is a name too
 */
record Naming(String said, List<String> tags, List<ImageRef> repositories) {
  Naming {
    tags = List.copyOf(tags);
    repositories = List.copyOf(repositories);
  }

  /** As it was asked for. A reference with a digest says nothing of what its tag stands for. */
  static Naming of(ImageRef reference) {
    return new Naming(
        reference.toString(),
        reference.digest().isPresent() ? List.of() : reference.tagged().stream().toList(),
        List.of(reference));
  }

  List<String> digests(Digest manifest) {
    return repositories.stream().map(reference -> reference.at(manifest)).distinct().toList();
  }
}
