package io.gantry.stats;

import io.gantry.container.Container;
import io.gantry.runtime.ContainerUsage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The numbers of a container.
 *
 * @param usage empty for one that has ended
 * @param cpuNanosASecond its rate of late; empty while there is only one reading
 * @param written empty until it has been measured
 */
public record ContainerNumbers(
    Container container,
    Optional<ContainerUsage> usage,
    OptionalLong cpuNanosASecond,
    Optional<WrittenFiles> written) {}
