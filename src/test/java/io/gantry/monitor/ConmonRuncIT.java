package io.gantry.monitor;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

@Tag("root")
class ConmonRuncIT extends ConmonContract {
  ConmonRuncIT() {
    super(Path.of("/usr/sbin/runc"));
  }
}
