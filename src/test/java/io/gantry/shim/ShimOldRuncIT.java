package io.gantry.shim;

import java.util.List;
import org.junit.jupiter.api.Tag;

/** Debian's shim of the first generation, as build-old-shim.sh fetches it. */
@Tag("root")
@Tag("slow")
class ShimOldRuncIT extends ShimContract {
  ShimOldRuncIT() {
    super("old-shim/containerd-shim-runc-v2", List.of("BinaryName=/usr/sbin/runc"));
  }
}
