package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Cgroups.Version;
import io.gantry.ids.SandboxId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlGroupTest {
  private static final SandboxId POD = SandboxId.random();

  @ParameterizedTest
  @CsvSource({
    "/kubepods/pod1, /kubepods/pod1",
    "/kubepods/pod1/c1, /kubepods/pod1/c1",
    "system.slice, /system.slice",
    "kubepods-burstable-pod1.slice,"
        + " /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice",
    "system.slice:gantry:c1, /system.slice/gantry-c1.scope",
    "kubepods-pod1.slice:gantry:c1, /kubepods.slice/kubepods-pod1.slice/gantry-c1.scope",
  })
  void everyNameHasOnePlaceInTheHierarchies(String name, String path) {
    assertThat(ControlGroup.path(name)).isEqualTo(path);
  }

  @Test
  void memberIsWrittenAsTheDriverOfItsParentHasIt() {
    assertThat(ControlGroup.member("/kubepods/pod1", "c1")).isEqualTo("/kubepods/pod1/c1");
    assertThat(ControlGroup.member("kubepods-pod1.slice", "c1"))
        .isEqualTo("kubepods-pod1.slice:gantry:c1")
        .matches(ControlGroup::bySystemd);
    assertThat(ControlGroup.bySystemd("/kubepods/pod1/c1")).isFalse();
    assertThat(ControlGroup.bySystemd("/odd:name/pod1/c1")).isFalse();
  }

  @Test
  void sliceThatTheKubeletNamesByItsPathIsThatSlice() {
    // Given
    var named = "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod0_1.slice";

    // When
    ControlGroup.check(CgroupDriver.SYSTEMD, named);

    // Then
    assertThat(ControlGroup.parent(named)).isEqualTo("kubepods-besteffort-pod0_1.slice");
    assertThat(ControlGroup.path(ControlGroup.parent(named))).isEqualTo(named);
  }

  @Test
  void podWithoutAParentHasAGroupOfItsOwn() {
    assertThat(ControlGroup.path(ControlGroup.own(CgroupDriver.CGROUPFS, POD)))
        .isEqualTo("/gantry-" + POD);
    assertThat(ControlGroup.path(ControlGroup.own(CgroupDriver.SYSTEMD, POD)))
        .isEqualTo("/gantry.slice/gantry-" + POD + ".slice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/kubepods/pod1",
        "kubepods",
        "-.slice",
        "a--b.slice",
        "-a.slice",
        "a-.slice",
        ".slice",
        "a:b.slice",
        "a b.slice",
        "a.slice/",
      })
  void parentThatIsNoSliceIsRefusedWithTheSystemdDriver(String named) {
    assertThatThrownBy(() -> ControlGroup.check(CgroupDriver.SYSTEMD, named))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("cgroup parent: " + named + " (expected: a slice such as")
        .hasMessageContaining("cgroupDriver of the kubelet");
  }

  @ParameterizedTest
  @ValueSource(strings = {"kubepods.slice", "/kubepods.slice/kubepods-pod1.slice"})
  void sliceIsRefusedWithTheCgroupfsDriver(String named) {
    assertThatThrownBy(() -> ControlGroup.check(CgroupDriver.CGROUPFS, named))
        .hasMessageStartingWith("cgroup parent: " + named + " (expected: a path such as")
        .hasMessageContaining("the cgroup driver is cgroupfs");
  }

  @Test
  void driverIsSystemdWhereItIsProcessOneOnVersionTwo() {
    assertThat(auto(true, Version.V2)).isEqualTo(CgroupDriver.SYSTEMD);
    assertThat(auto(true, Version.V1)).isEqualTo(CgroupDriver.CGROUPFS);
    assertThat(auto(false, Version.V2)).isEqualTo(CgroupDriver.CGROUPFS);
  }

  private static CgroupDriver auto(boolean systemd, Version version) {
    return CgroupDriver.choice(Optional.empty(), systemd, version);
  }

  @Test
  void driverThatIsAskedForIsTakenIfTheHostHasIt() {
    assertThat(CgroupDriver.choice(Optional.of(CgroupDriver.CGROUPFS), true, Version.V2))
        .isEqualTo(CgroupDriver.CGROUPFS);
    assertThat(CgroupDriver.choice(Optional.of(CgroupDriver.SYSTEMD), true, Version.V1))
        .isEqualTo(CgroupDriver.SYSTEMD);
    assertThatThrownBy(
            () -> CgroupDriver.choice(Optional.of(CgroupDriver.SYSTEMD), false, Version.V2))
        .hasMessageContaining("not process 1")
        .hasMessageContaining("cgroup.driver");
  }
}
