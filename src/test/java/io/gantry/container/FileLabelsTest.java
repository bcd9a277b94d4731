package io.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileLabelsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/etc",
        "/etc/kubernetes/pki",
        "/usr",
        "/usr/share/zoneinfo",
        "/proc",
        "/proc/1/fd",
        "/sys",
        "/sys/fs/cgroup",
        "/dev",
        "/dev/shm",
        "/boot",
        "/lib64",
        "/var",
        "/var/lib",
        "/run",
        "/home",
        "/root",
        "/tmp",
        "/var/lib/kubelet",
        "/var/lib/kubelet/pods",
        "/var/log/pods"
      })
  void whatTheHostNeedsKeepsItsLabels(String path) {
    assertThatThrownBy(() -> FileLabels.checked(Path.of(path)))
        .hasMessage(
            "path: '" + path + "' (expected: a directory of the pod's, none that the host needs)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/x",
        "/mnt/disk",
        "/srv/data",
        "/home/app",
        "/etcetera"
      })
  void whatIsThePodsDoesNot(String path) {
    assertThat(FileLabels.checked(Path.of(path))).hasToString(path);
  }
}
