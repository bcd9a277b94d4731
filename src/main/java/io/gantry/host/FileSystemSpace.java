package io.gantry.host;

/**
 * A file system: how large it is, and what is left.
 *
 * @param device where it comes from, as the mount table says: {@code /dev/sda1}, {@code tmpfs}
 * @param bytesFree what an unprivileged process may still write
 */
public record FileSystemSpace(
    String device, long bytes, long bytesFree, long inodes, long inodesFree) {}
