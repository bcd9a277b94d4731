package io.gantry.events;

/** A fact and its place in the order of all facts. */
public record Entry<T>(long sequence, T payload) {}
