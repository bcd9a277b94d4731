package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.recovery.OnDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a node in order: drains, images in and out of archives, and off the disk. */
@Tag("root")
class HousekeepingIT {
  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;

  @AfterEach
  void clear() throws Exception {
    node.close();
  }

  @Test
  void aDrainedNodeTakesNoPodsAlsoAfterARestartUntilItIsUndoneByName() throws Exception {
    // Given
    node = Node.in(folder).started();
    var before = node.answered(node.cri().runPod(node.pod("web-0")));

    // When
    var drained = node.gantry("drain", "kernel", "--reason", "new kernel at six");
    node.restart();

    // Then
    assertThat(drained.text()).contains("kernel: new kernel at six", "still runs: shop/web-0");
    assertThat(catchThrowable(() -> node.answered(node.cri().runPod(node.pod("web-1")))))
        .hasMessageContaining("this node takes no pods: new kernel at six")
        .hasMessageContaining("gantry undrain kernel");
    assertThat(node.answered(node.cri().runPod(node.pod("web-0"))))
        .as("the kubelet asks once more for a pod that is here")
        .isEqualTo(before);
    assertThat(node.gantry("why", "web-1").text()).contains("new kernel at six");
    assertThat(node.gantry("undrain", "other").text()).contains("drain: 'other' is not here");
    assertThat(node.gantry("undrain", "kernel").code()).isZero();
    assertThat(node.gantry("drain").text()).startsWith("this node takes pods");
    assertThat(node.answered(node.cri().runPod(node.pod("web-1")))).isNotEmpty();
  }

  @Test
  void imagesGoIntoArchivesComeOutOfThemAndLeaveWhenNobodyHasThem() throws Exception {
    // Given
    node = Node.in(folder).configured("images", "{keep-blobs: true}").started();
    var archive = folder.resolve("web.tar");
    node.answered(node.cri().pull(Node.IMAGE));
    var pod = node.answered(node.cri().runPod(node.pod("web-0")));
    node.answered(node.cri().create(pod, Node.container("/bin/true").build(), node.pod("web-0")));

    // Out
    var out = node.gantry("export", "--to", archive.toString(), Node.IMAGE);
    assertThat(out.code()).as(out.text()).isZero();
    assertThat(Files.size(archive)).isGreaterThan(100_000);
    var none = node.gantry("export", "--to", folder.resolve("no.tar").toString(), "nobody:1");
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.text()).contains("nobody");
    assertThat(folder.resolve("no.tar")).doesNotExist();

    // Off the disk, but not while a container has it, nor when it is only asked
    assertThat(node.gantry("prune", "-o", "json").text().strip()).isEqualTo("[ ]");
    assertThat(node.gantry("rm", "--pod", "--override", "web-0").code()).isZero();
    assertThat(node.gantry("prune", "--dry-run").text()).contains(Node.IMAGE);
    assertThat(node.gantry("images").text()).contains(Node.IMAGE);
    assertThat(node.gantry("prune").text()).contains(Node.IMAGE);
    assertThat(node.gantry("images", "-o", "json").text().strip()).isEqualTo("[ ]");

    // In again
    var in = node.gantry("import", archive.toString());
    assertThat(in.code()).as(in.text()).isZero();
    assertThat(in.text()).contains(Node.IMAGE);
    assertThat(node.gantry("images").text()).contains(Node.IMAGE);

    // What is no archive
    Files.writeString(archive, "no archive at all");
    var broken = node.gantry("import", archive.toString());
    assertThat(broken.code()).isEqualTo(1);
    assertThat(broken.text()).startsWith("gantry: ").doesNotContain("Exception");
  }
}
