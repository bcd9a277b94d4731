package io.gantry.shim;

import java.util.List;
import org.junit.jupiter.api.Tag;

/** containerd's own shim of the third generation, as build-peers.sh builds it. */
@Tag("root")
class ShimRuncIT extends ShimContract {
  ShimRuncIT() {
    super("peers/containerd-shim-runc-v2", List.of("BinaryName=/usr/sbin/runc"));
  }
}
