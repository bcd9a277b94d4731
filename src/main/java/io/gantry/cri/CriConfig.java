package io.gantry.cri;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The CRI's door.
 *
 * @param socket where the kubelet connects
 * @param messageBytesMax the largest request or answer
 * @param drain what calls under way get when the daemon ends
 * @param execOutputBytes of output that ExecSyncs may have in memory, all together
 */
public record CriConfig(Path socket, int messageBytesMax, Duration drain, long execOutputBytes) {
  /** The kubelet accepts answers up to this size. */
  public static final int MESSAGE_BYTES_MAX = 16 << 20;
}
