package io.gantry.shim;

import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.gantry.host.TreeUsage;
import io.gantry.host.TreeWalk;
import io.gantry.runtime.RootImage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Copies roots into images of ext4, with owners, modes, times, extended attributes, links and
 * devices as they are. An image is sparse: what nobody writes takes no room. It has no journal,
 * since a root ends with its container, and nothing kept back for root.
 */
final class RootImages {
  private static final int FILES_A_GO = 2000;
  private static final int OUTPUT_BYTES_MAX = 64 << 10;
  private static final long BLOCK_BYTES = 4096;
  private static final long INODE_BYTES = 256;

  /** As mke2fs reckons, for what is yet to be written. */
  private static final long BYTES_AN_INODE = 16384;

  private static final long ROOM_BYTES = 1 << 20;

  private final Host host;
  private final Imaging imaging;

  RootImages(Host host, Imaging imaging) {
    this.host = host;
    this.imaging = imaging;
  }

  /**
   * Makes an image of {@code tree}, where nobody writes meanwhile and below which nothing is
   * mounted. RESOURCE_EXHAUSTED if the disk has no room for it; whatever failed, what is there is
   * the caller's to take away.
   */
  Future<Void> make(Call call, Path tree, RootImage image) {
    return measured(call, tree)
        .compose(
            content ->
                host.disk()
                    .act(() -> Files.createDirectories(image.directory()))
                    .compose(_ -> said(call, imaging.mkfs(), made(content, tree, image), "")))
        .compose(_ -> host.disk().run(() -> top(tree)))
        .compose(
            words ->
                said(
                    call,
                    imaging.debugfs(),
                    List.of("-w", "-f", "-", image.file().toString()),
                    words))
        .compose(RootImages::silent)
        .compose(_ -> host.disk().act(() -> note(image)));
  }

  private Future<TreeUsage> measured(Call call, Path tree) {
    return host.disk()
        .run(() -> TreeWalk.of(tree))
        .compose(walk -> walked(call, walk).eventually(() -> host.disk().act(walk::close)));
  }

  private Future<TreeUsage> walked(Call call, TreeWalk walk) {
    return call.alive()
        .compose(_ -> host.disk().run(() -> walk.further(FILES_A_GO)))
        .compose(done -> done ? Future.succeededFuture(walk.usage()) : walked(call, walk));
  }

  private List<String> made(TreeUsage content, Path tree, RootImage image) {
    var inodes = content.inodes() + imaging.spaceBytes() / BYTES_AN_INODE;
    return List.of(
        "-q",
        "-F",
        "-b",
        String.valueOf(BLOCK_BYTES),
        "-I",
        String.valueOf(INODE_BYTES),
        "-N",
        String.valueOf(inodes),
        "-m",
        "0",
        "-O",
        "^has_journal",
        "-d",
        tree.toString(),
        image.file().toString(),
        kibibytes(content, inodes) + "k");
  }

  /** Every file may end in the middle of a block; bitmaps and descriptors of groups take 2 %. */
  private long kibibytes(TreeUsage content, long inodes) {
    var files = content.bytes() + content.inodes() * BLOCK_BYTES + inodes * INODE_BYTES;
    var all = files + imaging.spaceBytes();
    return (all + all / 50 + ROOM_BYTES) >> 10;
  }

  /** What mke2fs does not take over of the uppermost directory. */
  private static String top(Path tree) throws IOException {
    var attributes = Files.readAttributes(tree, "unix:mode,uid,gid,lastModifiedTime");
    var modified = Files.getLastModifiedTime(tree).to(TimeUnit.SECONDS);
    return """
        set_inode_field <2> mode 0%o
        set_inode_field <2> uid %s
        set_inode_field <2> gid %s
        set_inode_field <2> mtime @%d
        """
        .formatted(
            (int) Objects.requireNonNull(attributes.get("mode")),
            Integer.toUnsignedString((int) Objects.requireNonNull(attributes.get("uid"))),
            Integer.toUnsignedString((int) Objects.requireNonNull(attributes.get("gid"))),
            modified);
  }

  private Future<Output> said(Call call, Path program, List<String> arguments, String input) {
    return host.processes()
        .run(call, Command.of(program, arguments), Buffer.buffer(input), OUTPUT_BYTES_MAX)
        .compose(output -> Complaint.unlessDone("root image: " + program.getFileName(), output));
  }

  /** debugfs tells its version, and that it failed, but not by its exit code. */
  private static Future<Void> silent(Output output) {
    var complaints =
        output.stderr().toString().lines().filter(line -> !line.startsWith("debugfs ")).toList();
    return complaints.isEmpty()
        ? Future.succeededFuture()
        : Future.failedFuture(
            RuntimeFault.internal("root image: debugfs: " + String.join("; ", complaints), null));
  }

  private static void note(RootImage image) throws IOException {
    try (var walk = TreeWalk.of(image.directory())) {
      walk.further(FILES_A_GO);
      Files.writeString(image.began(), String.valueOf(walk.usage().bytes()));
    }
  }
}
