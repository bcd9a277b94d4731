package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What people see, held against files that are committed. With the system property {@code
 * gantry.golden=write} the files are written instead.
 */
final class Golden {
  private static final Path FILES = Path.of("src/test/resources/golden");

  /** What differs from run to run, and what stands for it; columns move with it. */
  private static final Map<String, String> DIFFERS = differs();

  private Golden() {}

  private static Map<String, String> differs() {
    var all = new LinkedHashMap<String, String>();
    all.put("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME");
    all.put("sha256:[0-9a-f]{64}", "sha256:DIGEST");
    all.put("\\b[0-9a-f]{32,64}\\b", "ID");
    all.put("\\b[0-9a-f]{13}\\b", "ID");
    all.put("\\b10(\\.\\d+){3}\\b", "ADDRESS");
    all.put("127\\.0\\.0\\.1:\\d+", "REGISTRY");
    all.put("(\\bpid\"? ?:? |/proc/|\\bprocess |strace -p )\\d+", "$1PID");
    all.put("\\(call \\d+ of", "(call N of");
    all.put("\\b\\d+(\\.\\d+)? (B|KiB|MiB|GiB)\\b", "SIZE");
    all.put("\\b\\d+(\\.\\d+)? (ms|s)\\b", "SPAN");
    all.put("\\b\\d+[smhd](?= |\n|$)", "AGE");
    all.put("(\"sizeBytes\" : )\\d+", "$1SIZE");
    all.put("(?<=\\S) {2,}(?=\\S)", "  ");
    all.put("(?m) +$", "");
    all.put("(?m)(^ {4}\\S+  SPAN\n)+", "    (what was done)  SPAN\n"); // hosts differ in these
    return all;
  }

  /** Plain text, as it is. */
  static void holds(String name, String text) throws IOException {
    var file = FILES.resolve(name + ".txt");
    if ("write".equals(System.getProperty("gantry.golden"))) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
    assertThat(file).as("%s (written by -Dgantry.golden=write)", file).exists();
    assertThat(text)
        .as("%s (if that is meant: write it anew by -Dgantry.golden=write)", file)
        .isEqualTo(Files.readString(file));
  }

  /** Text of a run: times, sizes and ids do not count, nor does {@code folder}. */
  static void holds(String name, String text, Path folder) throws IOException {
    var plain = text.replace(folder.toString(), "FOLDER");
    for (var differs : DIFFERS.entrySet()) {
      plain = plain.replaceAll(differs.getKey(), differs.getValue());
    }
    holds(name, plain);
  }
}
