package io.gantry.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelinuxTest {
  private static final String POD = "s0:c1,c2";

  @TempDir private Path root;

  @Test
  void aContainerHasTheLabelsOfThePolicyAndTheLevelOfItsPod() {
    assertThat(labels(Optional.empty(), false, false))
        .isEqualTo(
            new Labels(
                "system_u:system_r:container_t:s0:c1,c2",
                "system_u:object_r:container_file_t:s0:c1,c2"));
  }

  @Test
  void whatIsAskedForIsPutOverThem() {
    assertThat(labels(asked("", "", "web_t", ""), false, false))
        .isEqualTo(
            new Labels(
                "system_u:system_r:web_t:s0:c1,c2", "system_u:object_r:container_file_t:s0:c1,c2"));
    assertThat(labels(asked("user_u", "user_r", "web_t", "s0:c4,c5"), false, false))
        .isEqualTo(
            new Labels(
                "user_u:user_r:web_t:s0:c4,c5", "user_u:object_r:container_file_t:s0:c4,c5"));
    assertThat(labels(asked("", "", "", "s0"), false, false))
        .isEqualTo(
            new Labels(
                "system_u:system_r:container_t:s0", "system_u:object_r:container_file_t:s0"));
  }

  @Test
  void aPrivilegedContainerIsNotConfinedWhateverIsAskedFor() {
    var free =
        new Labels("system_u:system_r:spc_t:s0", "system_u:object_r:container_file_t:s0:c1,c2");

    assertThat(labels(Optional.empty(), true, false)).isEqualTo(free);
    assertThat(labels(asked("", "", "web_t", "s0:c4,c5"), true, true)).isEqualTo(free);
  }

  @Test
  void amongTheHostsProcessesOnlyWhoAsksForALabelHasOne() {
    assertThat(labels(Optional.empty(), false, true))
        .isEqualTo(new Labels(null, "system_u:object_r:container_file_t:s0:c1,c2"));
    assertThat(labels(asked("", "", "web_t", ""), false, true).process())
        .isEqualTo("system_u:system_r:web_t:s0:c1,c2");
  }

  @Test
  void aPodThatWasMadeWithoutLabelsStaysSo() {
    var selinux = selinux(_ -> true);

    assertThat(selinux.labels(new AskedLabels(Optional.empty(), "", false, false)))
        .isEqualTo(Labels.NONE);
    assertThat(selinux.labels(new AskedLabels(asked("", "", "web_t", ""), "", false, false)))
        .isEqualTo(
            new Labels("system_u:system_r:web_t:s0", "system_u:object_r:container_file_t:s0"));
  }

  @Test
  void whatThePolicyDoesNotKnowIsNamed() {
    assertThatThrownBy(() -> known("nobody_u").labels(of(asked("nobody_u", "", "", ""))))
        .hasMessageStartingWith("selinux user: 'nobody_u' (expected: ");
    assertThatThrownBy(() -> known("nobody_r").labels(of(asked("", "nobody_r", "", ""))))
        .hasMessageStartingWith("selinux role: 'nobody_r' (expected: ");
    assertThatThrownBy(() -> known("nothing_t").labels(of(asked("u", "r", "nothing_t", "s0"))))
        .hasMessageStartingWith("selinux type: 'nothing_t' (expected: ");
    assertThatThrownBy(() -> known("s9").labels(of(asked("", "", "", "s9:c1"))))
        .hasMessageStartingWith("selinux level: 's9:c1' (expected: ");
    var apart = selinux(label -> !label.startsWith("u:r:"));
    assertThatThrownBy(() -> apart.labels(of(asked("u", "r", "", ""))))
        .hasMessageStartingWith("selinux options: 'u:r:container_t:s0' (expected: ");
  }

  /** A policy that has no label with this in it. */
  private static Selinux known(String wrong) {
    return selinux(label -> !label.contains(wrong));
  }

  private static AskedLabels of(Optional<SelinuxOptions> options) {
    return new AskedLabels(options, POD, false, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"s0,c4,c5", "c1", "s0:", "s0:c1,", "s0:c12345", "s10", "s0:c1\n", "s0 "})
  void aLevelThatNoPolicyHasIsRefused(String level) {
    assertThatThrownBy(() -> new SelinuxOptions("", "", "", level))
        .hasMessage("selinux level: '" + level + "' (expected: such as s0:c1,c2)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s0", "s0-s1", "s0:c1", "s0:c1,c2", "s0:c1.c5", "s0-s0:c0.c1023,c7"})
  void aLevelMayBeARange(String level) {
    assertThat(new SelinuxOptions("", "", "", level).level()).isEqualTo(level);
  }

  @Test
  void aNameHasNoColonInIt() {
    assertThatThrownBy(() -> new SelinuxOptions("", "", "a_t:s0", ""))
        .hasMessage("selinux type: 'a_t:s0' (expected: a name such as container_t)");
  }

  @Test
  void everyPodHasAPairOfCategoriesOfItsOwn() {
    var selinux = selinux(_ -> true);
    var taken = new HashSet<String>();

    for (var pods = 0; pods < 5000; pods++) {
      var level = selinux.level(taken::contains).orElseThrow();
      assertThat(level).matches("s0:c\\d{1,4},c\\d{1,4}");
      var pair = level.substring("s0:c".length()).split(",c", -1);
      assertThat(Integer.parseInt(pair[0])).isBetween(0, Integer.parseInt(pair[1]) - 1);
      assertThat(Integer.parseInt(pair[1])).isLessThan(1024);
      assertThat(taken.add(level)).isTrue();
    }
  }

  @Test
  void thatNoPairIsFreeIsSaid() {
    assertThatThrownBy(() -> selinux(_ -> true).level(_ -> true))
        .isInstanceOf(RuntimeFault.class)
        .hasMessage("selinux level: no pair of categories is free (expected: fewer pods)");
  }

  @Test
  void aHostWithoutItLabelsNothingAndRefusesWhoAsks() throws IOException {
    var selinux = Selinux.on(root, SelinuxMode.AUTO);

    assertThat(selinux.level(_ -> false)).isEmpty();
    assertThat(selinux.labels(of(Optional.empty()))).isEqualTo(Labels.NONE);
    assertThat(selinux.labels(of(asked("u", "r", "spc_t", "")))).isEqualTo(Labels.NONE);
    for (var confining : Set.of(asked("", "", "web_t", ""), asked("", "", "spc_t", "s0"))) {
      assertThatThrownBy(() -> selinux.labels(of(confining)))
          .hasMessageStartingWith("selinux options: type '")
          .hasMessageContaining("this host has no SELinux");
    }
  }

  @Test
  void whereItIsRequiredAHostWithoutItIsAMistake() {
    assertThatThrownBy(() -> Selinux.on(root, SelinuxMode.REQUIRED))
        .hasMessageStartingWith("selinux.enabled: true, but this host has no SELinux (expected: ");
  }

  @Test
  void theLabelsOfContainersAreThoseThatThePolicySays() throws IOException {
    // Given
    enabled("unconfined_u:unconfined_r:unconfined_t:s0\0");
    put("etc/selinux/config", "# which\nSELINUX=enforcing\nSELINUXTYPE=mine\n");
    put(
        "etc/selinux/mine/contexts/lxc_contexts",
        "# of containers\nprocess = \"a_u:a_r:a_t:s1\"\nfile = \"a_u:object_r:b_t:s1\"\n\n");

    // When
    var selinux = Selinux.on(root, SelinuxMode.REQUIRED);

    // Then
    assertThat(selinux.labels(new AskedLabels(Optional.empty(), "s1:c1,c2", false, false)))
        .isEqualTo(new Labels("a_u:a_r:a_t:s1:c1,c2", "a_u:object_r:b_t:s1:c1,c2"));
    assertThat(selinux.level(_ -> false).orElseThrow()).startsWith("s1:c");
    assertThat(selinux.state()).contains("a_u:a_r:a_t:s1");
    assertThat(Selinux.on(root, SelinuxMode.OFF).level(_ -> false)).isEmpty();
  }

  @Test
  void withoutAFileOfThePolicyTheyAreTheUsualOnes() throws IOException {
    enabled("system_u:system_r:kernel_t:s0");

    assertThat(Selinux.on(root, SelinuxMode.AUTO).labels(of(Optional.empty())).process())
        .isEqualTo("system_u:system_r:container_t:s0:c1,c2");
  }

  @Test
  void beforeAPolicyIsLoadedThereIsNone() throws IOException {
    enabled("kernel\0");

    assertThat(Selinux.on(root, SelinuxMode.AUTO).level(_ -> false)).isEmpty();
  }

  private void enabled(String self) throws IOException {
    put("sys/fs/selinux/context", "");
    put("proc/self/attr/current", self);
  }

  private void put(String path, String content) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.writeString(root.resolve(path), content);
  }

  private static Optional<SelinuxOptions> asked(
      String user, String role, String type, String level) {
    return Optional.of(new SelinuxOptions(user, role, type, level));
  }

  private static Labels labels(
      Optional<SelinuxOptions> options, boolean privileged, boolean amongHostProcesses) {
    return selinux(_ -> true).labels(new AskedLabels(options, POD, privileged, amongHostProcesses));
  }

  private static Selinux selinux(Predicate<String> known) {
    return new Selinux(
        Optional.of(
            new Selinux.Policy(
                Label.parse("system_u:system_r:container_t:s0"),
                Label.parse("system_u:object_r:container_file_t:s0"),
                known)),
        "on",
        new Random(7));
  }
}
