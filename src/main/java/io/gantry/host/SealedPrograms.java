package io.gantry.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of programs in memory, which nobody can write to (memfd_create(2), F_ADD_SEALS). crun and
 * runc make such a copy of themselves whenever they are about to enter a container, so that what
 * runs there cannot write to the program on the host through /proc/PID/exe (CVE-2019-5736). One
 * that is executed from such a copy makes none (decision 0020). For threads that may block.
 */
final class SealedPrograms {
  /** A program as it was on disk: one that has been replaced is copied anew. */
  private record Version(@Nullable Object file, FileTime modified, long bytes) {
    static Version of(Path program) throws IOException {
      var attributes = Files.readAttributes(program, BasicFileAttributes.class);
      return new Version(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
    }
  }

  /** Where the copy of a version is, if it can be executed. */
  private record Copy(Version version, Optional<Path> path) {}

  private static final Logger LOG = LoggerFactory.getLogger(SealedPrograms.class);
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private final Map<Path, Copy> copies = new HashMap<>();

  /**
   * The copy of a program as it is on disk now; empty if there is none to be had. An older copy
   * stays, for somebody may be about to execute it: it goes with the daemon.
   */
  synchronized Optional<Path> of(Path program) {
    try {
      var version = Version.of(program);
      var known = copies.get(program);
      if (known == null || !known.version().equals(version)) {
        known = new Copy(version, copied(program));
        copies.put(program, known);
      }
      return known.path();
    } catch (IOException failure) { // whoever executes the program itself will hear of it
      return Optional.empty();
    }
  }

  /** This host refused to execute the copy: there is none from now on. */
  synchronized void refused(Path program, SyscallFailure why) {
    copies.computeIfPresent(program, (_, copy) -> new Copy(copy.version(), Optional.empty()));
    LOG.atInfo()
        .addKeyValue("program", program)
        .addKeyValue("error", why.getMessage())
        .log("a sealed copy cannot be executed: the file itself is");
  }

  private static Optional<Path> copied(Path program) throws IOException {
    if (!binary(program)) {
      return Optional.empty();
    }
    var copy = Descriptors.memory(String.valueOf(program.getFileName()));
    try {
      try (var into = Files.newOutputStream(Path.of("/proc/self/fd/" + copy))) {
        Files.copy(program, into);
      }
      Descriptors.seal(copy);
      return Optional.of(Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + copy));
    } catch (IOException | RuntimeException thrown) {
      Descriptors.close(copy);
      throw thrown;
    }
  }

  /** A script's interpreter would not find it again. */
  private static boolean binary(Path program) throws IOException {
    try (var bytes = Files.newInputStream(program)) {
      return java.util.Arrays.equals(bytes.readNBytes(ELF.length), ELF);
    }
  }
}
