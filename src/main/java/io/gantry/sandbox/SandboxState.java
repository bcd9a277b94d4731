package io.gantry.sandbox;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Instant;

/**
 * The life of a sandbox.
 *
 * <pre>
 *              Opened            StopBegun            Stopped
 *   {@link Opening} ───────► {@link Ready} ──────────► {@link Closing} ─────────► {@link Closed}
 *                              │                    ▲
 *                              │ Lost               │ StopBegun
 *                              └──────► {@link Broken} ───┘
 * </pre>
 *
 * A sandbox that is Opening is invisible: a start that finds one undoes it. Closing refuses new
 * containers. Broken has lost what held it (its process died, the host rebooted) and waits to be
 * stopped. Facts come from reality, so every state has an answer to every fact.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
  @JsonSubTypes.Type(value = SandboxState.Opening.class, name = "opening"),
  @JsonSubTypes.Type(value = SandboxState.Ready.class, name = "ready"),
  @JsonSubTypes.Type(value = SandboxState.Broken.class, name = "broken"),
  @JsonSubTypes.Type(value = SandboxState.Closing.class, name = "closing"),
  @JsonSubTypes.Type(value = SandboxState.Closed.class, name = "closed")
})
public sealed interface SandboxState {
  /** Being made. */
  record Opening() implements SandboxState {}

  /** Containers may be made in it. */
  record Ready() implements SandboxState {}

  /** Not usable any more, and not taken down yet. */
  record Broken(Instant at, String why) implements SandboxState {}

  /** Being taken down. */
  record Closing(Instant since) implements SandboxState {}

  /** Taken down; its record remains until it is removed. */
  record Closed(Instant at) implements SandboxState {}

  /** What happened to a sandbox. */
  sealed interface Fact {
    record Opened() implements Fact {}

    record Lost(Instant at, String why) implements Fact {}

    record StopBegun(Instant at) implements Fact {}

    record Stopped(Instant at) implements Fact {}
  }

  /** The whole machine. Pure and total. */
  default SandboxState after(Fact fact) {
    return switch (this) {
      case Opening _ ->
          switch (fact) {
            case Fact.Opened _ -> new Ready();
            case Fact.Lost(var at, var why) -> new Broken(at, why);
            case Fact.StopBegun(var at) -> new Closing(at);
            case Fact.Stopped(var at) -> new Closed(at);
          };
      case Ready ready ->
          switch (fact) {
            case Fact.Opened _ -> ready;
            case Fact.Lost(var at, var why) -> new Broken(at, why);
            case Fact.StopBegun(var at) -> new Closing(at);
            case Fact.Stopped(var at) -> new Closed(at);
          };
      case Broken broken ->
          switch (fact) {
            case Fact.Opened _, Fact.Lost _ -> broken;
            case Fact.StopBegun(var at) -> new Closing(at);
            case Fact.Stopped(var at) -> new Closed(at);
          };
      case Closing closing ->
          switch (fact) {
            case Fact.Opened _, Fact.Lost _, Fact.StopBegun _ -> closing;
            case Fact.Stopped(var at) -> new Closed(at);
          };
      case Closed closed ->
          switch (fact) {
            case Fact.Opened _, Fact.Lost _, Fact.StopBegun _, Fact.Stopped _ -> closed;
          };
    };
  }
}
