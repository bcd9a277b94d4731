package io.gantry.runtime;

import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A container to create.
 *
 * @param directory a directory of the driver's own for this container, in the run folder (the
 *     bundle); it exists
 * @param spec the OCI runtime configuration; {@code root.path} is set by the driver
 * @param log the file that takes the log in CRI format; empty discards it
 * @param stdin whether the container has a standard input
 * @param stdinOnce whether the first client that leaves closes it
 */
public record ContainerSpec(
    ContainerId id,
    SandboxId pod,
    Path directory,
    RuntimeSpec spec,
    Rootfs rootfs,
    Optional<Path> log,
    boolean terminal,
    boolean stdin,
    boolean stdinOnce) {}
