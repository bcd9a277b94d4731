package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that keep a node in order. */
final class Housekeeping {
  private Housekeeping() {}

  private static void images(Asking asking, Console console, JsonNode images) {
    if (!asking.shown(console, images)) {
      for (var image : images) {
        var names = image.path(image.path("tags").isEmpty() ? "digests" : "tags");
        console.line(
            "%s  %10s  %s"
                .formatted(
                    Words.id(image.path("id")),
                    Words.bytes(image.path("sizeBytes").asLong()),
                    String.join(" ", Words.texts(names))));
      }
    }
  }

  @Command(
      name = "prune",
      description = "Removes the images that no container has and that are not pinned.",
      footer = {"", "Example: gantry prune --dry-run"})
  static final class Prune extends Asking {
    @Option(names = "--dry-run", description = "Only says which.")
    private boolean dryRun;

    @Override
    void run(RestClient daemon, Console console) {
      images(this, console, daemon.post("/images/prune?dryRun=" + dryRun, null));
    }
  }

  @Command(
      name = "import",
      description = "Takes images out of an archive: an OCI layout, or what docker save writes.",
      footer = {"", "Example: docker save web:1 | gantry import -"})
  static final class Import extends Asking {
    @Parameters(paramLabel = "FILE", description = "An archive, or - for standard input.")
    private String file = "";

    @Option(
        names = "--repository",
        defaultValue = "",
        description = "Of images whose archive knows a tag alone.")
    private String repository = "";

    @Override
    void run(RestClient daemon, Console console) {
      var query = repository.isEmpty() ? "" : "?repository=" + RestClient.part(repository);
      try (var content =
          file.equals("-")
              ? new FileInputStream(FileDescriptor.in).getChannel()
              : FileChannel.open(Path.of(file))) {
        images(this, console, daemon.upload("/images/import" + query, content));
      } catch (IOException unreadable) {
        throw new Refused(Refused.NO, "archive: " + unreadable);
      }
    }
  }

  @Command(
      name = "export",
      description = "Writes images as an OCI layout in one archive.",
      footer = {"", "Example: gantry export --to web.tar registry.example/shop/web:1.4"})
  static final class Export extends Asking {
    @Option(
        names = "--to",
        paramLabel = "FILE",
        defaultValue = "",
        description = "Where to. Default: standard output.")
    private String to = "";

    @Parameters(
        arity = "1..*",
        paramLabel = "IMAGE",
        description = "A reference, or the beginning of an id.")
    private List<String> names = List.of();

    @Override
    void run(RestClient daemon, Console console) {
      if (to.isEmpty() && console.terminal()) {
        throw wrongUsage(
            "--to: missing (expected: a file, or standard output that is no terminal)");
      }
      var query = new ArrayList<String>();
      names.forEach(name -> query.add("image=" + RestClient.part(name)));
      var path = "/images/export?" + String.join("&", query);
      try {
        if (to.isEmpty()) {
          daemon.follow(path, bytes -> write(System.out, bytes));
          System.out.flush();
        } else {
          written(daemon, path, Path.of(to).toAbsolutePath());
        }
      } catch (IOException | UncheckedIOException failed) {
        throw new Refused(Refused.NO, "archive: " + failed.getMessage());
      }
    }

    /** A file that is there is whole. */
    private static void written(RestClient daemon, String path, Path file) throws IOException {
      var unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
      try {
        try (var out = Files.newOutputStream(unfinished)) {
          daemon.follow(path, bytes -> write(out, bytes));
        }
        Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    }

    private static void write(OutputStream out, byte[] bytes) {
      try {
        out.write(bytes);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }

  @Command(
      name = "drain",
      description = {
        "Lets this node take no new pods; those that run go on. Without a name it says whether it"
            + " does."
      },
      footer = {"", "Example: gantry drain kernel-update --reason 'new kernel at 18:00'"})
  static final class DrainNode extends Asking {
    @Parameters(
        arity = "0..1",
        paramLabel = "NAME",
        defaultValue = "",
        description = "By which it is undone.")
    private String name = "";

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        defaultValue = "",
        description = "What whoever asks for a pod is told. Default: the name.")
    private String reason = "";

    @Override
    void run(RestClient daemon, Console console) {
      var all =
          name.isEmpty()
              ? daemon.get("/node/drains")
              : daemon.put(
                  "/node/drains/" + RestClient.part(name),
                  Trees.MAKE.objectNode().put("reason", reason.isEmpty() ? name : reason));
      if (shown(console, all)) {
        return;
      }
      if (all.path("drains").isEmpty()) {
        console.line("this node takes pods");
      }
      for (var drain : all.path("drains")) {
        console.line(
            "%s: %s (since %s; undone by gantry undrain %s)"
                .formatted(
                    drain.path("name").asText(),
                    drain.path("reason").asText(),
                    drain.path("since").asText(),
                    drain.path("name").asText()));
      }
      for (var pod : all.path("running")) {
        console.line(
            "still runs: %s/%s"
                .formatted(pod.path("namespace").asText(), pod.path("name").asText()));
      }
    }
  }

  @Command(name = "undrain", description = "Ends a drain; pods are taken when none is left.")
  static final class Undrain extends Asking {
    @Parameters(paramLabel = "NAME", description = "As it was begun.")
    private String name = "";

    @Override
    void run(RestClient daemon, Console console) {
      daemon.delete("/node/drains/" + RestClient.part(name));
    }
  }
}
