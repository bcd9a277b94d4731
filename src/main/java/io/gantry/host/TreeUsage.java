package io.gantry.host;

/**
 * What a tree of files takes.
 *
 * @param bytes in the blocks that are really there: a sparse file counts for what it holds
 * @param inodes files, directories and links, the root of the tree among them
 */
public record TreeUsage(long bytes, long inodes) {
  public TreeUsage plus(TreeUsage other) {
    return new TreeUsage(bytes + other.bytes, inodes + other.inodes);
  }
}
