package io.gantry.runtime;

import io.gantry.host.ProcessRef;

/** The first process of a container, and the one that watches it. */
public record ContainerProcess(ProcessRef first, ProcessRef monitor) {}
