package io.gantry.security;

import java.util.Optional;

/**
 * Whose labels are asked for.
 *
 * @param options of the container, or else of its pod
 * @param level of the pod; {@code ""} for one that was made without labels
 * @param privileged whether nothing is to confine it, whatever {@code options} say
 * @param amongHostProcesses whether it sees the processes of the host, or shares their IPC
 */
public record AskedLabels(
    Optional<SelinuxOptions> options,
    String level,
    boolean privileged,
    boolean amongHostProcesses) {}
