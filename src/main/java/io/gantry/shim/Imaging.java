package io.gantry.shim;

import java.nio.file.Path;

/**
 * How a root becomes the image of a block device.
 *
 * @param mkfs {@code mkfs.ext4} of e2fsprogs
 * @param debugfs of e2fsprogs
 * @param spaceBytes that may be written beside what the root has
 */
public record Imaging(Path mkfs, Path debugfs, long spaceBytes) {}
