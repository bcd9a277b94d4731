package io.gantry.stats;

import java.nio.file.Path;
import java.time.Instant;

/**
 * What a container has written over its image, on the file system that {@code mountpoint} is on.
 *
 * @param at when it was measured; at first, when the container was made with nothing in it
 */
public record WrittenFiles(Instant at, Path mountpoint, long bytes, long inodes) {}
