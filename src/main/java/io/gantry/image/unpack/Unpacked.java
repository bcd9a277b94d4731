package io.gantry.image.unpack;

/**
 * A layer as it was found to be.
 *
 * @param bytes what its files take, in whole blocks
 * @param inodes how many files, directories and other objects it has
 * @param opaque whether it hides everything below it
 * @param loose whether it leaves something to the layers below it
 */
public record Unpacked(long bytes, long inodes, boolean opaque, boolean loose) {}
