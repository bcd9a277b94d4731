package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** CNI plugins that are shell scripts: each notes how it was run, then does as it was told. */
final class ScriptedPlugins {
  /** Answers an ADD with an address. */
  static final String GIVES_ADDRESS =
      """
      [ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion":"1.0.0","ips":[{"address":"10.9.0.5/16"}]}'
      """;

  private final Path bin;
  private final Path notes;

  ScriptedPlugins(Path directory) throws IOException {
    bin = Files.createDirectories(directory.resolve("bin"));
    notes = Files.createDirectories(directory.resolve("notes"));
  }

  Path bin() {
    return bin;
  }

  /** Installs a plugin, or exchanges it. */
  void install(String type, String script) {
    var text =
        """
        #!/bin/sh
        echo "$CNI_COMMAND %1$s" >> %2$s/runs
        env | grep ^CNI_ > %2$s/$CNI_COMMAND.%1$s.env
        cat > %2$s/$CNI_COMMAND.%1$s.json
        %3$s
        """
            .formatted(type, notes, script);
    try {
      // A script that is being written cannot be run: it is moved in, as packages do.
      var unfinished = Files.writeString(bin.resolve("." + type), text);
      Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwx------"));
      Files.move(unfinished, bin.resolve(type), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Every run so far, such as {@code ADD bridge}. */
  List<String> runs() {
    return lines("runs");
  }

  /** The environment of the last such run. */
  List<String> environment(String verb, String type) {
    return lines(verb + "." + type + ".env");
  }

  /** What the last such run was given on its standard input. */
  ObjectNode request(String verb, String type) {
    return CniJson.object(String.join("\n", lines(verb + "." + type + ".json")).getBytes());
  }

  Path note(String name) {
    return notes.resolve(name);
  }

  private List<String> lines(String name) {
    try {
      return Files.exists(note(name)) ? Files.readAllLines(note(name)) : List.of();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
