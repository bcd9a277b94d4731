package io.gantry.metrics;

/** Every meter of the daemon, by its Prometheus name. docs/operate/metrics.md lists the same. */
public enum Meter {
  RPC("gantry_rpc_seconds", "time to answer a CRI call, by method and gRPC code"),
  API("gantry_api_seconds", "time to answer a REST request, by operation and status"),
  PHASE("gantry_phase_seconds", "time spent in a named step of an operation, by outcome"),
  EVENT_LOOP_LAG("gantry_event_loop_lag_seconds", "how late an event loop ran a timer"),
  FACTS("gantry_facts_total", "facts committed, by type"),
  PULLED_BYTES("gantry_pulled_bytes_total", "bytes fetched from registries"),
  OBJECTS("gantry_objects", "sandboxes, containers and images, by state");

  private final String id;
  private final String help;

  Meter(String id, String help) {
    this.id = id;
    this.help = help;
  }

  public String id() {
    return id;
  }

  public String help() {
    return help;
  }
}
