package io.gantry.runtime;

import io.gantry.host.ProcessRef;
import java.util.Optional;

/**
 * What opening a pod has made.
 *
 * @param process the process that holds the shared PID namespace, where there is one
 */
public record PodOpened(Optional<ProcessRef> process) {}
