package io.gantry.runtime;

import java.util.OptionalLong;

/**
 * What the processes of a container hold, counted process by process.
 *
 * @param fileDescriptors open ones; {@code sockets} are among them
 * @param openFilesMax the soft limit of the first process; empty if it is unlimited
 */
public record ProcessUsage(
    long processes, long fileDescriptors, long sockets, OptionalLong openFilesMax) {}
