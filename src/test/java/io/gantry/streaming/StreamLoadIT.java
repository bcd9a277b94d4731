package io.gantry.streaming;

import org.junit.jupiter.api.Tag;

/** In small numbers, for each build. */
@Tag("root")
class StreamLoadIT extends StreamLoadContract {
  @Override
  int execs() {
    return 100;
  }

  @Override
  int clients() {
    return 20;
  }

  @Override
  long mebibytes() {
    return 32;
  }
}
