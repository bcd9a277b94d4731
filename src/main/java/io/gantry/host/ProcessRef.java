package io.gantry.host;

/**
 * A process that cannot be mistaken for a later one of the same pid: its start time in clock ticks
 * since boot (proc(5), field 22 of stat) goes with it. Means nothing after a reboot.
 */
public record ProcessRef(int pid, long startTicks) {}
