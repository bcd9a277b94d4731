package io.gantry.sandbox;

/**
 * A sandbox to run.
 *
 * @param handler the RuntimeClass handler, {@code ""} for the default
 * @param owner {@code cri} or {@code gantry}
 */
public record RunSandbox(SandboxConfig config, String handler, String owner) {}
