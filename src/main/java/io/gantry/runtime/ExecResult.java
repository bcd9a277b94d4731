package io.gantry.runtime;

import io.vertx.core.buffer.Buffer;

/** What a command in a container said, and how it ended. */
public record ExecResult(int exitCode, Buffer stdout, Buffer stderr, boolean truncated) {}
