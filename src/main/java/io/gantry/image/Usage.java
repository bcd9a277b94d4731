package io.gantry.image;

import java.nio.file.Path;

/** What images take on the file system that {@code mountpoint} is on. */
public record Usage(Path mountpoint, long bytes, long inodes) {}
