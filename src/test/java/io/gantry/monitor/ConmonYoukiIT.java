package io.gantry.monitor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("root")
@Tag("slow")
class ConmonYoukiIT extends ConmonContract {
  private static final Path YOUKI =
      Optional.ofNullable(System.getenv("GANTRY_CACHE"))
          .map(Path::of)
          .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "gantry"))
          .resolve("youki/youki");

  ConmonYoukiIT() {
    super(YOUKI);
  }

  @BeforeAll
  static void hasBeenBuilt() {
    assumeTrue(Files.exists(YOUKI), "youki has been built");
  }
}
