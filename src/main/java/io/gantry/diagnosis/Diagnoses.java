package io.gantry.diagnosis;

import io.gantry.call.Journal;
import io.gantry.container.Containers;
import io.gantry.image.Images;
import io.gantry.sandbox.Sandboxes;
import java.time.Clock;

/** Explains pods, containers and pulls. Call from any thread; answers from memory. */
public interface Diagnoses {
  /** What explanations are made of. */
  record Parts(
      Journal journal, Sandboxes sandboxes, Containers containers, Images images, Clock clock) {}

  static Diagnoses over(Parts parts) {
    return new RecordedDiagnoses(parts);
  }

  /**
   * What the matter is with whatever has this name.
   *
   * @param name a pod's name, also as {@code namespace/name}; the id of a sandbox or a container or
   *     the beginning of one; a container's name; or an image reference
   * @throws io.gantry.errors.RuntimeFault NOT_FOUND if nothing of that name is here and no call was
   *     about it lately
   */
  Explanation explain(String name);
}
