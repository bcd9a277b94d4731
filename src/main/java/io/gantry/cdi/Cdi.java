package io.gantry.cdi;

import io.gantry.host.Disk;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The devices that this node's CDI files describe.
 *
 * <p>Call from any thread; nothing blocks.
 */
public interface Cdi {
  /** Where containers' annotations name devices, as device plugins without the CRI field do. */
  String ANNOTATIONS = "cdi.k8s.io/";

  /**
   * Those that files of these folders describe.
   *
   * @param folders of files that end in {@code .json}, {@code .yaml} or {@code .yml}; a device of a
   *     later folder comes before one of the same name of an earlier folder
   */
  static Cdi in(Disk disk, List<Path> folders) {
    return new FolderCdi(disk, folders);
  }

  /**
   * What a container needs to use these devices; all of them, or it fails with INVALID_ARGUMENT or
   * FAILED_PRECONDITION.
   *
   * @param devices qualified names, in the order in which their edits are to be made
   */
  Future<Edits> resolve(List<String> devices);

  /** What is there now. */
  Future<Inventory> inventory();

  /**
   * What the folders hold.
   *
   * @param devices names of devices, in order
   * @param mistakes by file, what is wrong with it
   */
  record Inventory(List<String> devices, Map<String, String> mistakes) {
    public Inventory {
      devices = List.copyOf(devices);
      mistakes = Map.copyOf(mistakes);
    }
  }

  /**
   * The devices that a request names, each once: those of the CRI's own field first.
   *
   * @param annotations of the container: values of {@code cdi.k8s.io/…} are names separated by
   *     commas
   */
  static List<String> requested(List<String> names, Map<String, String> annotations) {
    var all = new ArrayList<>(names);
    new TreeMap<>(annotations)
        .forEach(
            (key, value) -> {
              if (key.startsWith(ANNOTATIONS)) {
                all.addAll(Arrays.asList(value.split(",", -1)));
              }
            });
    return List.copyOf(new LinkedHashSet<>(all));
  }
}
