package io.gantry.diagnosis;

import io.gantry.call.Call;
import io.gantry.call.Journal;
import io.gantry.call.Subject;
import io.gantry.call.Subject.Kind;
import io.gantry.container.Container;
import io.gantry.container.ContainerState;
import io.gantry.container.ContainerState.Exited;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ImageRef;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.SandboxState;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Explains from the records, and from the journal of calls about them. */
final class RecordedDiagnoses implements Diagnoses {
  /** As many calls as fit on a screen. */
  private static final int CALLS_MAX = 10;

  /** What the matter is: a state, a sentence about it, and what can be done. */
  private record Finding(String state, String summary, List<String> advice) {}

  private final Parts parts;

  RecordedDiagnoses(Parts parts) {
    this.parts = parts;
  }

  @Override
  public Explanation explain(String name) {
    return pod(name)
        .or(() -> container(name))
        .or(() -> image(name))
        .orElseThrow(
            () ->
                RuntimeFault.notFound(
                    "'"
                        + name
                        + "': nothing of this name is here, and no call was about it lately"
                        + " (expected: a pod, a container, an id or an image reference)"));
  }

  private Optional<Explanation> pod(String name) {
    var sandbox = latest(it -> named(name, it)).or(() -> parts.sandboxes().find(name));
    var podName =
        sandbox
            .map(it -> it.config().pod().namespace() + "/" + it.config().pod().name())
            .or(() -> recorded(Kind.POD, it -> it.equals(name) || it.endsWith("/" + name)));
    return podName.map(
        full -> {
          var calls = about(subject -> subject.equals(new Subject(Kind.POD, full)));
          var finding = stuck(calls).orElseGet(() -> pod(sandbox));
          return new Explanation(
              Kind.POD, full, finding.state, finding.summary, finding.advice, calls);
        });
  }

  private static boolean named(String name, Sandbox sandbox) {
    var pod = sandbox.config().pod();
    return pod.name().equals(name) || (pod.namespace() + "/" + pod.name()).equals(name);
  }

  private Optional<Sandbox> latest(Predicate<Sandbox> wanted) {
    return parts.sandboxes().list().stream()
        .filter(wanted)
        .max(Comparator.comparing(Sandbox::createdAt));
  }

  private Finding pod(Optional<Sandbox> sandbox) {
    return sandbox
        .map(this::pod)
        .orElseGet(() -> new Finding("gone", "it is not here any more", List.of()));
  }

  private Finding pod(Sandbox sandbox) {
    return switch (sandbox.state()) {
      case SandboxState.Opening _ -> new Finding("opening", "it is being made", List.of());
      case SandboxState.Broken(var at, var why) ->
          new Finding(
              "broken",
              "it lost what held it "
                  + ago(Duration.between(at, parts.clock().instant()))
                  + ": "
                  + why,
              List.of("the kubelet stops it and makes another one"));
      case SandboxState.Closing _ -> new Finding("closing", "it is being stopped", List.of());
      case SandboxState.Closed _ -> new Finding("stopped", "it was stopped", List.of());
      case SandboxState.Ready _ -> containers(sandbox.id());
    };
  }

  private Finding containers(SandboxId id) {
    var all = parts.containers().list().stream().filter(it -> it.sandbox().equals(id)).toList();
    var ended =
        all.stream()
            .filter(it -> it.state() instanceof Exited exited && exited.code() != 0)
            .max(Comparator.comparing(it -> ((Exited) it.state()).at()));
    if (ended.isPresent()) {
      var one = container(ended.get());
      return new Finding(
          "ready", "container " + ended.get().config().name() + ": " + one.summary, one.advice);
    }
    var running = all.stream().filter(it -> it.state() instanceof ContainerState.Running).count();
    return new Finding(
        "ready",
        all.isEmpty()
            ? "nothing is wrong with it; the kubelet has not asked for a container yet"
            : "nothing is wrong with it; " + running + " of " + all.size() + " containers run",
        List.of());
  }

  private Optional<Explanation> container(String name) {
    return parts.containers().list().stream()
        .filter(it -> it.config().name().equals(name))
        .max(Comparator.comparing(Container::createdAt))
        .or(() -> parts.containers().find(name))
        .map(
            container -> {
              var calls = about(Subject.container(container.key())::equals);
              var finding = stuck(calls).orElseGet(() -> container(container));
              return new Explanation(
                  Kind.CONTAINER,
                  container.config().name() + " (" + container.key().substring(0, 13) + ")",
                  finding.state,
                  finding.summary,
                  finding.advice,
                  calls);
            });
  }

  private Finding container(Container container) {
    return switch (container.state()) {
      case ContainerState.Creating _ -> new Finding("creating", "it is being made", List.of());
      case ContainerState.Created _ ->
          new Finding("created", "it waits for the kubelet to start it", List.of());
      case ContainerState.Running(_, var paused) when paused ->
          new Finding(
              "paused",
              "it is paused: its processes stand still",
              List.of("let it go on: gantry unpause --override " + container.id()));
      case ContainerState.Running(var since, _) ->
          new Finding(
              "running",
              "it has been running for " + span(Duration.between(since, parts.clock().instant())),
              List.of());
      case Exited exited -> ended(container, exited);
    };
  }

  private Finding ended(Container container, Exited exited) {
    var when = ago(Duration.between(exited.at(), parts.clock().instant()));
    if (exited.code() == 0) {
      return new Finding("exited", "it ended well " + when, List.of());
    }
    var message = exited.message().isEmpty() ? "" : ": " + exited.message();
    return new Finding(
        "exited",
        "it ended with code %d (%s) %s%s".formatted(exited.code(), exited.reason(), when, message),
        Advice.ended(container, exited));
  }

  private Optional<Explanation> image(String name) {
    var reference = reference(name);
    var calls =
        about(
            subject ->
                subject.kind() == Kind.IMAGE
                    && (subject.name().equals(name) || subject.name().equals(reference)));
    var here = parts.images().find(name);
    if (calls.isEmpty() && here.isEmpty()) {
      return Optional.empty();
    }
    var finding =
        stuck(calls)
            .orElseGet(
                () ->
                    here.isPresent()
                        ? new Finding("here", "it is on this node", List.of())
                        : new Finding("gone", "it is not on this node", List.of()));
    return Optional.of(
        new Explanation(
            Kind.IMAGE, reference, finding.state, finding.summary, finding.advice, calls));
  }

  private static String reference(String name) {
    try {
      return ImageRef.parse(name).toString();
    } catch (RuntimeFault malformed) {
      return name; // it may be an id
    }
  }

  /** What a call is stuck in, or failed with, if the latest of its kind did not succeed. */
  private Optional<Finding> stuck(List<Journal.Entry> calls) {
    return calls.stream()
        .filter(entry -> !entry.now().isEmpty())
        .findFirst()
        .map(RecordedDiagnoses::underWay)
        .or(() -> lastFailure(calls).flatMap(it -> it.fault().map(fault -> failed(it, fault))));
  }

  /** The latest that failed and was not made good by another one of the same thing since. */
  private static Optional<Journal.Entry> lastFailure(List<Journal.Entry> calls) {
    var seen = new HashSet<String>();
    return calls.stream()
        .filter(Journal.Entry::over)
        .filter(entry -> !entry.operation().startsWith("Exec")) // a command's own affair
        .filter(entry -> seen.add(entry.operation() + things(entry)))
        .filter(entry -> entry.fault().isPresent())
        .findFirst();
  }

  /** What of a pod a call was about, if it was not the pod itself. */
  private static Set<String> things(Journal.Entry entry) {
    return entry.subjects().stream()
        .filter(it -> it.kind() == Kind.IMAGE || it.kind() == Kind.CONTAINER)
        .map(Subject::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Finding underWay(Journal.Entry entry) {
    var step = entry.now().getLast();
    var summary =
        new StringBuilder(
            "%s has been going on for %s, in %s for %s"
                .formatted(entry.operation(), span(entry.took()), step.name(), span(step.since())));
    for (var wait : entry.waits()) {
      summary.append("; waits for ").append(wait.who());
      if (!wait.lastWords().isEmpty()) {
        summary.append(", which said: ").append(wait.lastWords());
      }
    }
    return new Finding("under way", summary.toString(), Advice.waiting(entry));
  }

  private Finding failed(Journal.Entry entry, RuntimeFault fault) {
    var when = ago(Duration.between(entry.begunAt().plus(entry.took()), parts.clock().instant()));
    var where =
        entry.phases().stream()
            .filter(phase -> phase.outcome().equals("failed"))
            .findFirst()
            .map(Call.Phase::name)
            .map(phase -> " in " + phase)
            .orElse("");
    return new Finding(
        "failed",
        entry.operation() + " failed " + when + where + ": " + fault.getMessage(),
        Advice.failed(entry, fault));
  }

  private List<Journal.Entry> about(Predicate<Subject> wanted) {
    return parts.journal().entries().stream()
        .filter(entry -> entry.subjects().stream().anyMatch(wanted))
        .limit(CALLS_MAX)
        .toList();
  }

  private Optional<String> recorded(Kind kind, Predicate<String> wanted) {
    return parts.journal().entries().stream()
        .flatMap(entry -> entry.subjects().stream())
        .filter(subject -> subject.kind() == kind)
        .map(Subject::name)
        .filter(wanted)
        .findFirst();
  }

  private static String ago(Duration since) {
    return span(since) + " ago";
  }

  private static String span(Duration span) {
    var seconds = span.toMillis() / 1000.0;
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", Math.max(0, seconds));
    }
    return span.toMinutes() < 120
        ? span.toMinutes() + " min"
        : span.toHours() < 48 ? span.toHours() + " h" : span.toDays() + " days";
  }
}
