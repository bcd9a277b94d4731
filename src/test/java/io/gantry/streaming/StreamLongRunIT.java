package io.gantry.streaming;

import org.junit.jupiter.api.Tag;

/** In the numbers that are promised. */
@Tag("root")
@Tag("slow")
class StreamLongRunIT extends StreamLoadContract {
  @Override
  int execs() {
    return 10_000;
  }

  @Override
  int clients() {
    return 200;
  }

  @Override
  long mebibytes() {
    return 1024;
  }
}
