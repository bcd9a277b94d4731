package io.gantry.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Space that is held beside the state file and given back when the disk is full, so that what the
 * kubelet does then (stop, remove, evict) can still be recorded. For the writer's thread.
 */
final class Ballast {
  private static final Logger LOG = LoggerFactory.getLogger(Ballast.class);

  /** A few thousand changes. */
  private static final int BYTES = 8 << 20;

  /** The disk has recovered when it has this much free: not at once what was just given back. */
  private static final long FREE_BYTES_MIN = 8L * BYTES;

  private static final int CHUNK = 64 << 10;

  private final Path file;
  private boolean held;
  private boolean able = true;

  private Ballast(Path file) {
    this.file = file;
  }

  static Ballast beside(Path stateFile) {
    var ballast = new Ballast(stateFile.resolveSibling(stateFile.getFileName() + ".ballast"));
    ballast.hold();
    return ballast;
  }

  /** Takes the space again once there is plenty; cheap if it is held. */
  void hold() {
    if (held || !able) {
      return;
    }
    try {
      var whole = Files.exists(file) && Files.size(file) == BYTES;
      if (!whole
          && Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace()
              >= FREE_BYTES_MIN) {
        fill();
        whole = true;
      }
      held = whole;
    } catch (IOException failed) {
      able = false; // a quota, perhaps; trying again at every commit would only be slow and loud
      LOG.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("error", failed.toString())
          .log("no space is held in reserve for the state file");
    }
  }

  /** Written, not just extended: a hole reserves nothing. */
  private void fill() throws IOException {
    var options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try (var channel = Files.newByteChannel(file, options, ownerOnly)) {
      while (channel.position() < BYTES) {
        channel.write(ByteBuffer.allocate(CHUNK));
      }
    }
  }

  /** Gives the space back; false if there was none to give. */
  boolean release() {
    if (!held) {
      return false;
    }
    held = false;
    try {
      LOG.atError().addKeyValue("file", file).log("disk full: the reserve of the state is used");
      return Files.deleteIfExists(file);
    } catch (IOException failed) {
      LOG.atError()
          .addKeyValue("file", file)
          .addKeyValue("error", failed.toString())
          .log("the reserve of the state cannot be released");
      return false;
    }
  }
}
