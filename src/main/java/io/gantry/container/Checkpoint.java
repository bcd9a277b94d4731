package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.driver.Documents;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One archive of one container, as {@link Containers#checkpoint} describes it. */
record Checkpoint(
    Containers.Parts parts,
    ContainerPaths paths,
    Container container,
    Optional<ContainerSpec> told,
    Path location) {
  private static final Path TAR = Path.of("/bin/tar");

  /** Of tar: files changed while it read them, as those of a container that runs may. */
  private static final int CHANGED = 1;

  private static final int WORDS_BYTES_MAX = 64 << 10;

  Future<Void> write(Call call, PodRuntime runtime) {
    return cleared() // of what a daemon that was killed had begun
        .compose(_ -> disk(this::prepare))
        .compose(_ -> runtime.checkpoint(call, container.id(), images()))
        .compose(_ -> disk(this::describe))
        .compose(_ -> disk(this::listWritten))
        .compose(_ -> tar(call, paths.upper(container.id()), written(), work("rootfs-diff.tar")))
        .compose(_ -> disk(this::listMembers))
        .compose(_ -> tar(call, work(), members(), half()))
        .compose(_ -> disk(this::appear))
        .onFailure(_ -> parts.host().disk().delete(half()))
        .eventually(() -> parts.host().disk().delete(work()));
  }

  private Future<Void> cleared() {
    return location.getFileName() == null
        ? Future.succeededFuture()
        : Future.join(parts.host().disk().delete(half()), parts.host().disk().delete(work()))
            .mapEmpty();
  }

  private Future<Void> disk(Step step) {
    return parts
        .host()
        .disk()
        .run(
            () -> {
              step.run();
              return null;
            });
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private Path work() {
    return paths.checkpoint(container.id());
  }

  private Path work(String name) {
    return work().resolve(name);
  }

  private Path images() {
    return work("checkpoint");
  }

  private Path written() {
    return work("written.list");
  }

  private Path members() {
    return work("members.list");
  }

  private Path half() {
    return location.resolveSibling("." + location.getFileName() + ".half");
  }

  private void prepare() throws IOException {
    if (container.state() instanceof ContainerState.Running running && running.paused()) {
      throw RuntimeFault.precondition(
          "container: " + container.id() + " is paused (expected: resumed, to be checkpointed)");
    }
    var parent = location.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw RuntimeFault.invalid(
          "checkpoint: " + location + " (expected: a path in a directory that exists)");
    }
    if (Files.exists(location, LinkOption.NOFOLLOW_LINKS)) {
      throw RuntimeFault.invalid("checkpoint: " + location + " is there (expected: a new file)");
    }
    var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Files.createDirectory(work(), own);
    Files.createDirectory(images(), own);
    Files.createFile(
        half(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private void describe() throws IOException {
    var started =
        container.state() instanceof ContainerState.Running running
            ? running.since()
            : container.createdAt();
    Files.writeString(
        work("config.dump"),
        new JsonObject()
            .put("id", container.id().value())
            .put("name", container.config().name())
            .put("rootfsImage", container.image().value())
            .put("rootfsImageRef", container.imageRef())
            .put("rootfsImageName", container.config().imageName())
            .put("runtime", container.handler())
            .put("createdTime", container.createdAt().toString())
            .put("startedTime", started.toString())
            .put("checkpointedTime", parts.clock().instant().toString())
            .put("restoredTime", Instant.EPOCH.toString())
            .put("restored", false)
            .encodePrettily());
    if (told.isPresent()) {
      Documents.write(work("spec.dump"), told.get().spec());
    }
  }

  /** What it wrote is listed with zeros between the names; what it deleted is a device 0:0. */
  private void listWritten() throws IOException {
    var upper = paths.upper(container.id());
    var deleted = new ArrayList<String>();
    try (var list = Files.newOutputStream(written())) {
      Files.walkFileTree(
          upper,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws IOException {
              if (!directory.equals(upper)) {
                put(directory);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              if (attributes.isOther()
                  && Files.getAttribute(file, "unix:rdev", LinkOption.NOFOLLOW_LINKS).equals(0L)
                  && isCharacterDevice(file)) {
                deleted.add(upper.relativize(file).toString());
              } else {
                put(file);
              }
              return FileVisitResult.CONTINUE;
            }

            private void put(Path file) throws IOException {
              list.write(named("./" + upper.relativize(file)));
            }
          });
    }
    Documents.write(work("deleted.files"), deleted);
  }

  private static boolean isCharacterDevice(Path file) throws IOException {
    var mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return (mode & 0170000) == 0020000;
  }

  private static byte[] named(String name) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
    bytes.write(0);
    return bytes.toByteArray();
  }

  private void listMembers() throws IOException {
    try (var list = Files.newOutputStream(members());
        var there = Files.walk(work())) {
      var names =
          there
              .filter(file -> !file.equals(work()))
              .filter(file -> !file.equals(written()) && !file.equals(members()))
              .map(file -> work().relativize(file).toString())
              .sorted()
              .toList();
      for (var name : names) {
        list.write(named(name));
      }
    }
  }

  /** A list, and no folder to go down into: an archive has the names that were seen. */
  private Future<Void> tar(Call call, Path from, Path list, Path to) {
    var arguments =
        List.of(
            "--create",
            "--file=" + to,
            "--directory=" + from,
            "--no-recursion",
            "--null",
            "--verbatim-files-from",
            "--files-from=" + list,
            "--format=pax",
            "--xattrs",
            "--numeric-owner",
            "--sparse");
    return parts
        .host()
        .processes()
        .run(call, Command.of(TAR, arguments), Buffer.buffer(), WORDS_BYTES_MAX)
        .compose(
            output ->
                output.exitCode() == 0 || output.exitCode() == CHANGED
                    ? Future.succeededFuture()
                    : Future.failedFuture(Complaint.of("tar", output.stderr().toString())));
  }

  private void appear() throws IOException {
    Files.move(half(), location, StandardCopyOption.ATOMIC_MOVE);
  }
}
