package io.gantry.container;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Instant;
import java.util.Optional;

/**
 * The life of a container.
 *
 * <pre>
 *               Made             Started            Ended
 *   {@link Creating} ─────► {@link Created} ─────────► {@link Running} ─────────► {@link Exited}
 *                            │                                      ▲
 *                            │                       │ Paused      │
 *                            │                       └─► paused, or goes on
 *                            │ Ended (died before we saw it run)    │
 *                            └──────────────────────────────────────┘
 * </pre>
 *
 * A container that is Creating is invisible: a start that finds one undoes it. Facts come from
 * reality (somebody killed it, its monitor died, the host rebooted), so every state has an answer
 * to every fact; only commands are refused.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ContainerState.Creating.class, name = "creating"),
  @JsonSubTypes.Type(value = ContainerState.Created.class, name = "created"),
  @JsonSubTypes.Type(value = ContainerState.Running.class, name = "running"),
  @JsonSubTypes.Type(value = ContainerState.Exited.class, name = "exited")
})
public sealed interface ContainerState {
  /** Being made. */
  record Creating() implements ContainerState {}

  /**
   * Its process waits to be started.
   *
   * @param cannotRun why there is no process and never will be: a start fails by this
   */
  record Created(Optional<String> cannotRun) implements ContainerState {}

  /**
   * Its program runs.
   *
   * @param paused its processes stand still until they are resumed
   */
  record Running(Instant since, boolean paused) implements ContainerState {}

  /**
   * It ended.
   *
   * @param since when it had been started, if it was
   * @param reason as the kubelet shows it: Completed, Error, OOMKilled, StartError, Unknown
   * @param message more about it, may be empty
   */
  record Exited(Optional<Instant> since, Instant at, int code, String reason, String message)
      implements ContainerState {
    /** Whether its program was ever run. */
    boolean ran() {
      return !reason.equals("StartError");
    }
  }

  /** What happened to a container. */
  sealed interface Fact {
    /**
     * It is there.
     *
     * @param cannotRun why its program can never be run, if it cannot
     */
    record Made(Optional<String> cannotRun) implements Fact {
      public Made() {
        this(Optional.empty());
      }
    }

    record Started(Instant at) implements Fact {}

    /** Its processes stand still, or go on; of a container that does not run it says nothing. */
    record Paused(boolean paused) implements Fact {}

    /** The process ended; {@code known} is false if nobody saw how. */
    record Ended(Instant at, int code, boolean oomKilled, boolean known) implements Fact {}

    /** The runtime could not run its program. */
    record StartFailed(Instant at, String message) implements Fact {}
  }

  /** The whole machine. Pure and total. */
  default ContainerState after(Fact fact) {
    return switch (this) {
      case Creating _ ->
          switch (fact) {
            case Fact.Made made -> new Created(made.cannotRun());
            case Fact.Started(var at) -> new Running(at, false);
            case Fact.Ended ended -> exited(Optional.empty(), ended);
            case Fact.StartFailed failed -> notStarted(failed);
            case Fact.Paused _ -> this;
          };
      case Created created ->
          switch (fact) {
            case Fact.Made _ -> created;
            case Fact.Started(var at) -> new Running(at, false);
            case Fact.Ended ended -> exited(Optional.empty(), ended);
            case Fact.StartFailed failed -> notStarted(failed);
            case Fact.Paused _ -> created;
          };
      case Running running ->
          switch (fact) {
            case Fact.Made _, Fact.Started _, Fact.StartFailed _ -> running;
            case Fact.Paused(var paused) -> new Running(running.since, paused);
            case Fact.Ended ended -> exited(Optional.of(running.since), ended);
          };
      case Exited exited ->
          switch (fact) {
            // Told late that it had been started: the end came first.
            case Fact.Started(var at) when exited.since.isEmpty() && exited.ran() ->
                new Exited(
                    Optional.of(at.isBefore(exited.at) ? at : exited.at),
                    exited.at,
                    exited.code,
                    exited.reason,
                    exited.message);
            // Told twice: the first end is the end.
            case Fact.Made _, Fact.Started _, Fact.Ended _, Fact.StartFailed _, Fact.Paused _ ->
                exited;
          };
    };
  }

  private static Exited exited(Optional<Instant> since, Fact.Ended ended) {
    return new Exited(since, ended.at, ended.code, reason(ended), "");
  }

  private static Exited notStarted(Fact.StartFailed failed) {
    return new Exited(Optional.empty(), failed.at, 128, "StartError", failed.message);
  }

  private static String reason(Fact.Ended ended) {
    if (!ended.known) {
      return "Unknown";
    }
    if (ended.oomKilled) {
      return "OOMKilled";
    }
    return ended.code == 0 ? "Completed" : "Error";
  }
}
