package io.gantry.image;

/**
 * An image whose layers stay where they are.
 *
 * @param letGo ends that; only the first time counts
 */
public record Held(Image image, Runnable letGo) {}
