package io.gantry.app;

import io.gantry.container.Containers;
import io.gantry.image.Images;
import io.gantry.metrics.Metrics;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;

/** How many objects there are, for the metrics. */
final class Gauges {
  private final Metrics metrics;

  Gauges(Metrics metrics) {
    this.metrics = metrics;
  }

  void watch(Sandboxes sandboxes, Containers containers, Images images) {
    metrics.objects(
        "sandbox", "ready", () -> sandboxes.list().stream().filter(Sandbox::ready).count());
    metrics.objects(
        "sandbox",
        "not-ready",
        () -> sandboxes.list().stream().filter(sandbox -> !sandbox.ready()).count());
    metrics.objects("sandbox", "leaving", () -> sandboxes.leaving().size());
    metrics.objects(
        "container",
        "live",
        () -> containers.list().stream().filter(container -> !container.exited()).count());
    metrics.objects(
        "container",
        "exited",
        () -> containers.list().stream().filter(container -> container.exited()).count());
    metrics.objects("image", "present", () -> images.list().size());
  }
}
