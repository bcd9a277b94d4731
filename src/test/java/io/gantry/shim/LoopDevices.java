package io.gantry.shim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What loop devices of this host stand for, as sysfs has it. */
public final class LoopDevices {
  private LoopDevices() {}

  /** The files below {@code folder} that are devices now. */
  public static List<Path> below(Path folder) {
    try (var devices = Files.list(Path.of("/sys/block"))) {
      return devices
          .map(device -> device.resolve("loop/backing_file"))
          .flatMap(file -> read(file).stream())
          .filter(file -> file.startsWith(folder))
          .toList();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private static Optional<Path> read(Path file) {
    try {
      return Optional.of(Path.of(Files.readString(file).strip()));
    } catch (NoSuchFileException unused) {
      return Optional.empty();
    } catch (IOException gone) { // ENXIO, as it is let go
      return Optional.empty();
    }
  }
}
