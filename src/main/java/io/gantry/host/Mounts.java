package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Mounts in the daemon's own mount namespace. */
public interface Mounts {
  /**
   * One line of /proc/self/mountinfo.
   *
   * @param propagation the optional fields: {@code shared:7}, {@code master:1}; empty if private
   */
  record Mount(Path target, String type, String source, String options, List<String> propagation) {}

  /**
   * How the files of an overlay are shown.
   *
   * @param users the file of a user namespace: what belongs to 0 in the layers belongs to its root,
   *     and so on; the layers are on one mount then. Empty leaves owners as they are
   * @param label the SELinux label of all of them, whatever they have on disk; empty leaves labels
   *     as they are
   */
  record Shown(Optional<Path> users, Optional<String> label) {
    public static final Shown AS_THEY_ARE = new Shown(Optional.empty(), Optional.empty());
  }

  /**
   * Mounts an overlay. Up to 500 layers work, whatever the length of their paths.
   *
   * @param layers the lower directories, the topmost first
   * @param upper the writable directory, whose owner is that of the whole
   * @param work overlayfs's own, on the same file system as {@code upper}
   */
  Future<Void> overlay(List<Path> layers, Shown shown, Path upper, Path work, Path target);

  /** The same with owners and labels as they are. */
  default Future<Void> overlay(List<Path> layers, Path upper, Path work, Path target) {
    return overlay(layers, Shown.AS_THEY_ARE, upper, work, target);
  }

  /**
   * Tries out, in {@code directory}, an overlay of layers that have the owners of a user namespace.
   *
   * @return why that does not work on this kernel and this file system; empty if it does
   */
  Future<Optional<String>> whyNotIdMapped(Path directory);

  /**
   * Mounts the same for reading alone: there is nothing writable. A single layer cannot be shown
   * both with other users and with another label: FAILED_PRECONDITION.
   *
   * @param target an empty directory
   */
  Future<Void> overlay(List<Path> layers, Shown shown, Path target);

  /** The same with owners and labels as they are. */
  default Future<Void> overlay(List<Path> layers, Path target) {
    return overlay(layers, Shown.AS_THEY_ARE, target);
  }

  /**
   * Reads files as whatever stands on these layers would see them, without a mount that anyone else
   * sees. Links are followed within the layers. What is there and is not a regular file of at most
   * {@code bytesMax} is FAILED_PRECONDITION: an image may put anything anywhere.
   *
   * @param layers the topmost first, at least one
   * @param paths relative to the root
   * @return the contents of those that are there, by their path
   */
  Future<Map<String, Buffer>> read(List<Path> layers, List<String> paths, int bytesMax);

  /**
   * Mounts a tmpfs with mount(2) data such as {@code size=65536k}; nosuid, nodev and noexec. Under
   * {@code context} is the SELinux label of its files.
   */
  Future<Void> tmpfs(Path target, Map<String, String> data);

  /** Bind-mounts a file or a directory, with what is mounted below it if {@code recursive}. */
  Future<Void> bind(Path source, Path target, boolean recursive);

  /**
   * Bind-mounts the directory that {@code inner} names inside {@code root}. Links on the way, also
   * absolute ones, lead to where they would if {@code root} were {@code /}. NOT_FOUND if there is
   * no such directory.
   */
  Future<Void> bindWithin(Path root, String inner, Path target);

  /** Detaches what is mounted at {@code target}, all of it; a success if nothing is. */
  Future<Void> unmount(Path target);

  /** What is mounted at or below {@code root}, in the order it was mounted. */
  Future<List<Mount>> below(Path root);

  /** The mount that {@code path}, which exists, is on. */
  Future<Mount> at(Path path);

  /**
   * Whether this kernel changes a mount with all below it at once: mount_setattr(2), Linux 5.12.
   */
  boolean recursiveAttributes();
}
