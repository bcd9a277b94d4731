package io.gantry.shim;

import io.gantry.runtime.RootImage;
import java.nio.file.Path;

/** What lies in a bundle. Shims add files of their own, and choose those names. */
record Bundle(Path directory) {
  Path config() {
    return directory.resolve("config.json");
  }

  /** The FIFO that a shim which is started here writes its own log to; shims choose the name. */
  Path log() {
    return directory.resolve("log");
  }

  /** A directory without layers in it, for what stands for a pod. */
  Path root() {
    return directory.resolve("rootfs");
  }

  /** The same as a block device. */
  RootImage image() {
    return RootImage.in(directory);
  }

  /** The FIFOs of the first process. */
  Path stdio() {
    return directory.resolve("stdio");
  }

  /** A directory for each exec under way, by its id. */
  Path execs() {
    return directory.resolve("exec");
  }
}
