package io.gantry.network;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * The subnets that the cluster gave this node for its pods (the kubelet's {@code podCIDR}), which
 * the default bridge takes in place of the configured ones. Kept on disk: the kubelet tells them
 * when they change, and not at each start of the daemon.
 */
final class PodRange {
  private static final int TEXT_BYTES_MAX = 1024;

  private final Path file;
  private final Optional<DefaultBridge> configured;
  private final Disk disk;
  private volatile List<String> subnets = List.of();

  /**
   * @param configured empty if nothing here takes a range
   */
  PodRange(Path file, Optional<DefaultBridge> configured, Disk disk) {
    this.file = file;
    this.configured = configured;
    this.disk = disk;
  }

  /** Reads what was kept; what cannot be read is told once more by the kubelet. */
  Future<Void> open() {
    return disk.act(
        () -> {
          try (var in = Files.newInputStream(file)) {
            subnets =
                parsed(new String(in.readNBytes(TEXT_BYTES_MAX), StandardCharsets.UTF_8).strip());
          } catch (NoSuchFileException | RuntimeFault _) {
            subnets = List.of();
          }
        });
  }

  /**
   * Takes the range that a node was given.
   *
   * @param text subnets separated by commas: one of IPv4, one of IPv6, or one of each
   * @throws RuntimeFault INVALID_ARGUMENT if it is anything else
   */
  Future<Void> take(String text) {
    var given = parsed(text);
    if (configured.isEmpty() || given.equals(subnets)) {
      return Future.succeededFuture();
    }
    return disk.act(() -> keep(text)).onSuccess(_ -> subnets = given);
  }

  private void keep(String text) throws IOException {
    var unfinished = file.resolveSibling(file.getFileName() + ".tmp");
    Files.writeString(unfinished, text + "\n");
    try (var written = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      written.force(true);
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static List<String> parsed(String text) {
    var subnets = List.of(text.split(",", -1));
    var families = subnets.stream().map(subnet -> subnet.contains(":")).distinct().count();
    if (subnets.size() > 2
        || families != subnets.size()
        || !subnets.stream().allMatch(DefaultBridge::isSubnet)) {
      throw RuntimeFault.invalid(
          "pod cidr: '"
              + text
              + "' (expected: subnets such as 10.244.1.0/24, one of IPv4, one of IPv6 or one of"
              + " each, separated by a comma)");
    }
    return subnets;
  }

  /** The network of a node without a configuration; empty if the operator wants none. */
  Optional<Chain> chain() {
    return configured
        .map(bridge -> subnets.isEmpty() ? bridge : bridge.within(subnets))
        .map(DefaultBridge::chain);
  }
}
