package io.gantry.api;

import java.util.Optional;

/** Where Prometheus scrapes: an IP address, empty for nowhere, and a port, 0 for any. */
public record MetricsConfig(Optional<String> host, int port) {}
