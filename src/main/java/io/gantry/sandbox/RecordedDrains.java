package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.state.Records;
import io.gantry.state.State;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** Drains as records, synced: a node that is about to lose its power is drained first. */
final class RecordedDrains implements Drains {
  private static final String KIND = "drain";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int REASON_LENGTH_MAX = 500;

  private final Records<Drain> records;
  private final Clock clock;

  private RecordedDrains(Records<Drain> records, Clock clock) {
    this.records = records;
    this.clock = clock;
  }

  static Future<RecordedDrains> load(State state, Clock clock) {
    return Records.load(state, KIND, Drain.class)
        .map(records -> new RecordedDrains(records, clock));
  }

  @Override
  public Future<Void> begin(Call call, String name, String reason) {
    if (!NAME.matcher(name).matches()) {
      throw RuntimeFault.invalid(
          "drain: '" + name + "' (expected: a name of 1 to 64 letters, digits and ._-)");
    }
    if (reason.isBlank() || reason.length() > REASON_LENGTH_MAX) {
      throw RuntimeFault.invalid(
          "drain " + name + ": reason (expected: 1 to " + REASON_LENGTH_MAX + " characters)");
    }
    return records.announce(call, new Drain(name, reason, clock.instant()), "DrainBegun");
  }

  @Override
  public Future<Void> end(Call call, String name) {
    return records
        .find(name)
        .map(drain -> records.withdraw(call, drain, "DrainEnded"))
        .orElseThrow(
            () ->
                RuntimeFault.notFound(
                    "drain: '" + name + "' is not here (expected: one of gantry drain)"));
  }

  @Override
  public List<Drain> all() {
    return records.all().stream().sorted(Comparator.comparing(Drain::since)).toList();
  }

  /** Refuses, with the reason of the oldest, if there is one. */
  void check() {
    all().stream()
        .findFirst()
        .ifPresent(
            drain -> {
              throw RuntimeFault.precondition(
                  "this node takes no pods: %s (expected: gantry undrain %s)"
                      .formatted(drain.reason(), drain.name()));
            });
  }
}
