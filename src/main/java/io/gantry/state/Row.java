package io.gantry.state;

/**
 * A record as it lies in the file.
 *
 * @param kind {@code sandbox}, {@code container}, {@code image}, …
 * @param id unique within the kind
 * @param owner who may see it: {@code cri}, or {@code gantry} for what Gantry made for itself
 * @param bootId the boot on which pids, start times and namespaces in it mean something
 * @param requestHash of the request that made it, {@code ""} if none did
 * @param body the rest, a JSON object; fields that this version does not know are kept when a row
 *     is written again
 */
public record Row(
    String kind, String id, String owner, String bootId, String requestHash, String body) {}
