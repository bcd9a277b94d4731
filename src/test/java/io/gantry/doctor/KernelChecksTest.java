package io.gantry.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.doctor.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a kernel tells in files, and what that means. */
class KernelChecksTest {
  @TempDir private Path root;

  @BeforeEach
  void aHostThatHasAll() throws IOException {
    file("proc/sys/kernel/osrelease", "6.12.3-amd64");
    file("proc/self/status", "Name:\tjava\nCapEff:\t000001ffffffffff\n");
    file("proc/self/limits", "Max open files            1048576              1048576     files\n");
    file("proc/sys/user/max_user_namespaces", "15000");
    file("proc/sys/kernel/seccomp/actions_avail", "kill_process allow");
    file("proc/sys/fs/inotify/max_user_instances", "8192");
    file("proc/sys/net/ipv4/ip_forward", "1");
    file("proc/sys/net/bridge/bridge-nf-call-iptables", "1");
    for (var kind : List.of("mnt", "net", "ipc", "uts", "pid", "user")) {
      file("proc/self/ns/" + kind, "");
    }
  }

  private void file(String name, String text) throws IOException {
    var file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private List<Finding> unwell() {
    var files = new KernelFiles(root);
    return java.util.stream.Stream.concat(
            new KernelChecks(files).all().stream(), new LimitChecks(files).all().stream())
        .filter(it -> it.level() != Level.OK)
        .toList();
  }

  @Test
  void aHostThatHasAllIsWell() {
    assertThat(unwell()).isEmpty();
  }

  @Test
  void anOldKernelIsBrokenAndAMiddlingOneAWarning() throws IOException {
    file("proc/sys/kernel/osrelease", "4.19.0");
    assertThat(unwell())
        .extracting(Finding::check, Finding::level)
        .containsExactly(of("kernel", Level.BROKEN));

    file("proc/sys/kernel/osrelease", "5.15.0-generic");
    assertThat(unwell())
        .extracting(Finding::check, Finding::level)
        .containsExactly(of("kernel", Level.WARNING));
  }

  @Test
  void whatIsMissingIsNamedWithItsFix() throws IOException {
    // Given
    file("proc/self/status", "CapEff:\t000001fffedfffff\n"); // without SYS_ADMIN and SYS_RESOURCE
    file("proc/self/limits", "Max open files            1024                 524288     files\n");
    file("proc/sys/net/ipv4/ip_forward", "0");
    Files.delete(root.resolve("proc/sys/net/bridge/bridge-nf-call-iptables"));
    Files.delete(root.resolve("proc/sys/kernel/seccomp/actions_avail"));
    Files.delete(root.resolve("proc/self/ns/ipc"));
    file("sys/fs/selinux/enforce", "1");
    file("sys/module/apparmor/parameters/enabled", "Y\n");
    file("sys/kernel/security/apparmor/profiles", "");

    // When
    var found = unwell();

    // Then
    assertThat(found).allSatisfy(it -> assertThat(it.fix()).isNotEmpty());
    assertThat(found)
        .extracting(Finding::check, Finding::level)
        .containsExactlyInAnyOrder(
            of("namespaces", Level.BROKEN),
            of("seccomp", Level.WARNING),
            of("apparmor", Level.WARNING),
            of("selinux", Level.WARNING),
            of("capabilities", Level.BROKEN),
            of("cap_sys_resource", Level.WARNING),
            of("open files", Level.WARNING),
            of("ip forwarding", Level.WARNING),
            of("bridge filtering", Level.WARNING));
    assertThat(found)
        .extracting(Finding::found)
        .contains("missing: ipc", "missing: CAP_SYS_ADMIN", "enabled, without apparmor_parser");
  }

  @Test
  void selinuxIsWellWhereThePolicyHasContainers() throws IOException {
    // Given
    file("sys/fs/selinux/enforce", "1");
    file("etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=default\n");
    assertThat(unwell())
        .extracting(Finding::found)
        .containsExactly("enforcing, policy default without contexts for containers");

    // When
    file("etc/selinux/default/contexts/lxc_contexts", "process = \"u:r:t:s0\"\n");

    // Then
    assertThat(unwell()).isEmpty();
  }

  private static org.assertj.core.groups.Tuple of(String check, Level level) {
    return org.assertj.core.api.Assertions.tuple(check, level);
  }
}
