package io.gantry.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a container: 64 lower-case hexadecimal digits. */
public record ContainerId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ContainerId {
    HexId.check("container id", value);
  }

  /** A new id; random enough that no two nodes ever share one. */
  public static ContainerId random() {
    return new ContainerId(HexId.random());
  }

  @Override
  public String toString() {
    return value;
  }
}
