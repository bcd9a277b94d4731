package io.gantry.runtime;

/**
 * What a handler can do.
 *
 * @param recursiveReadOnly mounts that are read-only all the way down
 * @param userNamespaces id-mapped pods
 */
public record Features(String version, boolean recursiveReadOnly, boolean userNamespaces) {}
