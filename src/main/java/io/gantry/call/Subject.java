package io.gantry.call;

/** What a call is about. */
public record Subject(Kind kind, String name) {
  public enum Kind {
    /** {@code namespace/name}. */
    POD,
    /** An id. */
    SANDBOX,
    /** An id. */
    CONTAINER,
    /** A reference as it was asked for. */
    IMAGE
  }

  public static Subject pod(String namespace, String name) {
    return new Subject(Kind.POD, namespace + "/" + name);
  }

  public static Subject sandbox(String id) {
    return new Subject(Kind.SANDBOX, id);
  }

  public static Subject container(String id) {
    return new Subject(Kind.CONTAINER, id);
  }

  public static Subject image(String reference) {
    return new Subject(Kind.IMAGE, reference);
  }
}
