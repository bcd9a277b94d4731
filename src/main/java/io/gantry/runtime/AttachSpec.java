package io.gantry.runtime;

/** Which streams of a container's first process somebody wants to join. */
public record AttachSpec(boolean stdin, boolean stdout, boolean stderr) {}
