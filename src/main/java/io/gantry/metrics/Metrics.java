package io.gantry.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * What the daemon counts and times. Each method is one meter of {@link Meter}; counting happens
 * where the fact is made. Safe from any thread, never blocks.
 */
public final class Metrics {
  private final MeterRegistry registry;

  private Metrics(MeterRegistry registry) {
    this.registry = registry;
  }

  public static Metrics over(MeterRegistry registry) {
    return new Metrics(registry);
  }

  /** Metrics that nobody reads. */
  public static Metrics unread() {
    return new Metrics(new SimpleMeterRegistry());
  }

  /** A call of a door ended: {@code code} is the gRPC status name. */
  public void rpc(String method, String code, Duration took) {
    timer(Meter.RPC, "method", method, "code", code).record(took);
  }

  /** A request of the REST API was answered. */
  public void api(String operation, int status, Duration took) {
    timer(Meter.API, "operation", operation, "status", String.valueOf(status)).record(took);
  }

  /**
   * A phase of an operation ended; {@code outcome} is {@code ok}, {@code failed} or {@code undone}.
   */
  public void phase(String operation, String phase, String outcome, Duration took) {
    timer(Meter.PHASE, "operation", operation, "phase", phase, "outcome", outcome).record(took);
  }

  /** What the phases of a call left unexplained, as the phase {@code <operation>/between}. */
  public void between(String operation, Duration took) {
    phase(operation, operation + "/between", "ok", took);
  }

  /** An event loop answered this late. */
  public void eventLoopLag(Duration lag) {
    timer(Meter.EVENT_LOOP_LAG).record(lag);
  }

  /** A fact of this kind was committed. */
  public void fact(String type) {
    counter(Meter.FACTS, "type", type).increment();
  }

  /** Bytes fetched from registries. */
  public void pulledBytes(long bytes) {
    counter(Meter.PULLED_BYTES).increment((double) bytes);
  }

  /** How many objects there are; asked at each scrape, so it must answer from memory. */
  public void objects(String kind, String state, Supplier<Number> count) {
    Gauge.builder(Meter.OBJECTS.id(), count)
        .description(Meter.OBJECTS.help())
        .tags("kind", kind, "state", state)
        .register(registry);
  }

  private Counter counter(Meter meter, String... tags) {
    return Counter.builder(meter.id()).description(meter.help()).tags(tags).register(registry);
  }

  private Timer timer(Meter meter, String... tags) {
    return Timer.builder(meter.id())
        .description(meter.help())
        .tags(tags)
        .publishPercentileHistogram(false)
        .register(registry);
  }
}
