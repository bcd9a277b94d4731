package io.gantry.api;

import io.gantry.call.Call;
import io.gantry.call.Journal;
import io.gantry.call.Subject;
import io.gantry.diagnosis.Diagnoses;
import io.gantry.diagnosis.Explanation;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Calls under way and those that ended lately, and what they explain. */
final class OperationResource {
  private final Journal journal;
  private final Diagnoses diagnoses;

  OperationResource(Journal journal, Diagnoses diagnoses) {
    this.journal = journal;
    this.diagnoses = diagnoses;
  }

  void serve(Door door) {
    door.list("listOperations", this::list)
        .object("getOperation", this::get)
        .done("cancelOperation", this::cancel)
        .object("explain", this::explain);
  }

  private Future<JsonArray> list(Call call, Asked asked) {
    return Future.succeededFuture(
        Page.wanted(asked)
            ? Page.of(
                asked,
                journal.entries().stream(),
                it -> new Page.Place(it.number(), ""),
                OperationResource::seen)
            : seen(journal.entries()));
  }

  private static JsonArray seen(List<Journal.Entry> entries) {
    return Seen.array(entries.stream().map(OperationResource::seen).toList());
  }

  private Future<JsonObject> get(Call call, Asked asked) {
    var number = asked.number("number");
    return journal
        .find(number)
        .map(entry -> Future.succeededFuture(seen(entry)))
        .orElseThrow(() -> absent(number));
  }

  private Future<Void> cancel(Call call, Asked asked) {
    var number = asked.number("number");
    if (!journal.cancel(number, "cancelled over the API")) {
      throw absent(number);
    }
    return Future.succeededFuture();
  }

  private static RuntimeFault absent(long number) {
    return RuntimeFault.notFound(
        "operation: " + number + " is not under way (expected: one of GET /v1/operations)");
  }

  private Future<JsonObject> explain(Call call, Asked asked) {
    return Future.succeededFuture(seen(diagnoses.explain(asked.text("name").orElseThrow())));
  }

  private static JsonObject seen(Explanation explanation) {
    return new JsonObject()
        .put("subject", kind(explanation.subject()))
        .put("name", explanation.name())
        .put("state", explanation.state())
        .put("summary", explanation.summary())
        .put("advice", new JsonArray(explanation.advice()))
        .put("operations", seen(explanation.calls()));
  }

  private static String kind(Subject.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  static JsonObject seen(Journal.Entry entry) {
    var json =
        new JsonObject()
            .put("number", entry.number())
            .put("name", entry.operation())
            .put("actor", Seen.actor(entry.actor()))
            .put("trace", entry.trace())
            .put(
                "subjects",
                new JsonArray(
                    entry.subjects().stream()
                        .map(it -> kind(it.kind()) + ":" + it.name())
                        .sorted()
                        .toList()))
            .put("begunAt", entry.begunAt().toString())
            .put("millis", millis(entry.took()))
            .put("over", entry.over())
            .put("phases", phases(entry))
            .put("now", now(entry))
            .put("waits", waits(entry))
            .put("progress", progress(entry));
    entry.fault().ifPresent(fault -> json.put("problem", HttpFaults.problem(fault)));
    return json;
  }

  private static JsonArray phases(Journal.Entry entry) {
    return Seen.array(
        entry.phases().stream()
            .map(
                it ->
                    new JsonObject()
                        .put("name", it.name())
                        .put("millis", millis(it.took()))
                        .put("outcome", it.outcome()))
            .toList());
  }

  private static JsonArray now(Journal.Entry entry) {
    return Seen.array(
        entry.now().stream()
            .map(it -> new JsonObject().put("name", it.name()).put("millis", millis(it.since())))
            .toList());
  }

  private static JsonArray waits(Journal.Entry entry) {
    return Seen.array(
        entry.waits().stream()
            .map(
                it ->
                    new JsonObject()
                        .put("who", it.who())
                        .put("millis", millis(it.since()))
                        .put("lastWords", it.lastWords()))
            .toList());
  }

  private static JsonArray progress(Journal.Entry entry) {
    return Seen.array(
        entry.progress().stream()
            .map(
                it ->
                    new JsonObject()
                        .put("part", it.part())
                        .put("done", it.done())
                        .put("total", it.total()))
            .toList());
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / 1e6;
  }
}
