package io.gantry.monitor;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

@Tag("root")
class ConmonCrunIT extends ConmonContract {
  ConmonCrunIT() {
    super(Path.of("/usr/bin/crun"));
  }
}
