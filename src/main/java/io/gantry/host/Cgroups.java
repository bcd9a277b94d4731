package io.gantry.host;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Control groups, v1 (one hierarchy a controller), hybrid or v2 (one for all). Paths are absolute
 * below the mount, such as {@code /kubepods/pod1/abc}, the same in every hierarchy.
 */
public interface Cgroups {
  /** How this host is set up. */
  enum Version {
    V1,
    V2
  }

  Version version();

  /** What can be limited here, such as {@code memory}: the controllers of all hierarchies. */
  Future<Set<String>> controllers();

  /** Makes the group in every hierarchy, with its parents; a success if it exists. */
  Future<Void> create(String path);

  /** Puts a process, with all its threads, into the group in every hierarchy. */
  Future<Void> join(String path, int pid);

  /**
   * Says that a process is about to be put into a group, by this one or by another: what the kernel
   * waits for before it does that is begun now. Changes nothing else, and is over by itself.
   */
  void expectJoin();

  /** The processes in the group and in those below it, in any hierarchy. */
  Future<List<Integer>> processes(String path);

  /** Kills what is in the group and below it, and goes on until it is empty. */
  Future<Void> kill(String path);

  /**
   * Removes the group and those below it; a success if it is not there. Processes inside fail it.
   */
  Future<Void> remove(String path);

  /** The child groups of {@code path}, by their full paths. */
  Future<List<String>> children(String path);

  /**
   * The contents of files of the group, such as {@code memory.stat}, by their names; without those
   * that are not there, so empty if the group is not.
   */
  Future<Map<String, String>> read(String path, Collection<String> files);

  /**
   * Writes files of the group, in the order of the map; on v2 the controllers they belong to are
   * passed down first. A file that is not there, or that the kernel refuses, fails it, and those
   * before it stay written.
   */
  Future<Void> set(String path, Map<String, String> files);

  /**
   * Whether a process of the group, or of one below it, was killed for want of memory: by the
   * group's own count (v2), or by the kernel's log once the group has gone. False if neither is
   * known any more.
   */
  Future<Boolean> ranOutOfMemory(String path);
}
