package io.gantry.sandbox;

import io.gantry.state.Recorded;
import java.time.Instant;

/**
 * Why this node takes no new pods.
 *
 * @param name by which it is undone
 * @param reason in words for whoever asks for a pod
 */
public record Drain(String name, String reason, Instant since) implements Recorded {
  @Override
  public String key() {
    return name;
  }

  @Override
  public String owner() {
    return "gantry";
  }

  @Override
  public String bootId() {
    return "";
  }

  @Override
  public String requestHash() {
    return "";
  }

  @Override
  public String fact() {
    return "DrainBegun";
  }
}
