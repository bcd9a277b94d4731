package io.gantry.network;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** The reference plugins of the distribution, which know no STATUS and no GC. */
@Tag("root")
class CniIT extends ReferencePlugins {
  @Override
  Path plugins() {
    return Path.of("/usr/lib/cni");
  }

  @Override
  String cniVersion() {
    return "1.0.0";
  }
}
