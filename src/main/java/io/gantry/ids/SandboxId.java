package io.gantry.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The id of a pod sandbox: 64 lower-case hexadecimal digits. */
public record SandboxId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public SandboxId {
    HexId.check("sandbox id", value);
  }

  /** A new id; random enough that no two nodes ever share one. */
  public static SandboxId random() {
    return new SandboxId(HexId.random());
  }

  @Override
  public String toString() {
    return value;
  }
}
