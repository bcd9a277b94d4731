package io.gantry.container;

import io.gantry.ids.SandboxId;

/** A container to create in a sandbox; {@code owner} is {@code cri} or {@code gantry}. */
public record CreateContainer(SandboxId sandbox, ContainerConfig config, String owner) {}
