package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.cli.Signature.Given;
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

  static final class Prune extends Asking {
    private final Given<Boolean> dryRun = takes.flag("--dry-run", "Only says which.");

    Prune() {
      super("prune", "Removes the images that no container has and that are not pinned.");
      takes.footer("", "Example: gantry prune --dry-run");
    }

    @Override
    void run(RestClient daemon, Console console) {
      images(this, console, daemon.post("/images/prune?dryRun=" + dryRun.get(), null));
    }
  }

  static final class Import extends Asking {
    private final Given<String> file =
        takes.parameter("FILE", "An archive, or - for standard input.");

    private final Given<String> repository =
        takes.option("--repository=<repository>", "Of images whose archive knows a tag alone.");

    Import() {
      super("import", "Takes images out of an archive: an OCI layout, or what docker save writes.");
      takes.footer("", "Example: docker save web:1 | gantry import -");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var query =
          repository.get().isEmpty() ? "" : "?repository=" + RestClient.part(repository.get());
      try (var content =
          file.get().equals("-")
              ? new FileInputStream(FileDescriptor.in).getChannel()
              : FileChannel.open(Path.of(file.get()))) {
        images(this, console, daemon.upload("/images/import" + query, content));
      } catch (IOException unreadable) {
        throw new Refused(Refused.NO, "archive: " + unreadable);
      }
    }
  }

  static final class Export extends Asking {
    private final Given<String> to =
        takes.option("--to=FILE", "Where to. Default: standard output.");

    private final Given<List<String>> names =
        takes.parameters("1..*", "IMAGE", "A reference, or the beginning of an id.");

    Export() {
      super("export", "Writes images as an OCI layout in one archive.");
      takes.footer("", "Example: gantry export --to web.tar registry.example/shop/web:1.4");
    }

    @Override
    void run(RestClient daemon, Console console) {
      if (to.get().isEmpty() && console.terminal()) {
        throw wrongUsage(
            "--to: missing (expected: a file, or standard output that is no terminal)");
      }
      var query = new ArrayList<String>();
      names.get().forEach(name -> query.add("image=" + RestClient.part(name)));
      var path = "/images/export?" + String.join("&", query);
      try {
        if (to.get().isEmpty()) {
          daemon.follow(path, bytes -> write(System.out, bytes));
          System.out.flush();
        } else {
          written(daemon, path, Path.of(to.get()).toAbsolutePath());
        }
      } catch (IOException | UncheckedIOException failed) {
        throw new Refused(Refused.NO, "archive: " + failed.getMessage());
      }
    }

    /** A file that is there is whole. */
    private static void written(RestClient daemon, String path, Path file) throws IOException {
      var unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
      unfinished.toFile().deleteOnExit(); // an interrupt ends this without a finally
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

  static final class DrainNode extends Asking {
    private final Given<String> name = takes.optionalParameter("NAME", "By which it is undone.");

    private final Given<String> reason =
        takes.option("--reason=TEXT", "What whoever asks for a pod is told. Default: the name.");

    DrainNode() {
      super(
          "drain",
          "Lets this node take no new pods; those that run go on. Without a name it says whether it"
              + " does.");
      takes.footer("", "Example: gantry drain kernel-update --reason 'new kernel at 18:00'");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var all =
          name.get().isEmpty()
              ? daemon.get("/node/drains")
              : daemon.put(
                  "/node/drains/" + RestClient.part(name.get()),
                  Trees.MAKE
                      .objectNode()
                      .put("reason", reason.get().isEmpty() ? name.get() : reason.get()));
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

  static final class Undrain extends Asking {
    private final Given<String> name = takes.parameter("NAME", "As it was begun.");

    Undrain() {
      super("undrain", "Ends a drain; pods are taken when none is left.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      daemon.delete("/node/drains/" + RestClient.part(name.get()));
    }
  }
}
