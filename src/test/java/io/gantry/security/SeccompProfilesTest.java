package io.gantry.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.oci.RuntimeSpec.Seccomp;
import io.gantry.oci.RuntimeSpec.SyscallArgument;
import io.gantry.oci.RuntimeSpec.SyscallRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeccompProfilesTest {
  private static final String ALLOW = "SCMP_ACT_ALLOW";
  private static final int EPERM = 1;

  @Test
  void theDefaultLooksAtTheArchitecturesOfTheMachine() {
    assertThat(on("amd64", "6.1.0").byDefault(List.of()).architectures())
        .containsExactly("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
    assertThat(on("aarch64", "6.1.0").byDefault(List.of()).architectures())
        .containsExactly("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
  }

  @Test
  void theDefaultRefusesWhatItDoesNotKnowAsAnOldKernelWould() {
    var filter = on("amd64", "6.1.0").byDefault(List.of());

    assertThat(filter.defaultAction()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(filter.defaultErrnoRet()).isEqualTo(38);
    assertThat(actions(filter, "clone3")).containsExactly("SCMP_ACT_ERRNO/38");
  }

  @ParameterizedTest
  @CsvSource({
    "mount, CAP_SYS_ADMIN",
    "unshare, CAP_SYS_ADMIN",
    "bpf, CAP_BPF",
    "syslog, CAP_SYSLOG",
    "open_by_handle_at, CAP_DAC_READ_SEARCH",
    "reboot, CAP_SYS_BOOT",
    "chroot, CAP_SYS_CHROOT",
    "init_module, CAP_SYS_MODULE",
    "acct, CAP_SYS_PACCT",
    "kcmp, CAP_SYS_PTRACE",
    "iopl, CAP_SYS_RAWIO",
    "settimeofday, CAP_SYS_TIME",
    "vhangup, CAP_SYS_TTY_CONFIG",
    "mbind, CAP_SYS_NICE",
    "perf_event_open, CAP_PERFMON",
  })
  void theDefaultLetsThroughWhatACapabilityIsFor(String call, String capability) {
    var profiles = on("amd64", "6.1.0");

    assertThat(actions(profiles.byDefault(List.of()), call)).containsExactly("SCMP_ACT_ERRNO/1");
    assertThat(actions(profiles.byDefault(List.of(capability)), call)).containsExactly(ALLOW);
  }

  @ParameterizedTest
  @CsvSource({"keyctl", "io_uring_setup", "userfaultfd", "kexec_load"})
  void someCallsNoCapabilityOpens(String call) {
    var filter = on("amd64", "6.1.0").byDefault(List.of("CAP_SYS_ADMIN", "CAP_SYS_BOOT"));

    assertThat(actions(filter, call)).containsExactly("SCMP_ACT_ERRNO/" + EPERM);
  }

  @Test
  void theDefaultHasNoNewNamespacesWithoutTheCapability() {
    var clone = rules(on("amd64", "6.1.0").byDefault(List.of()), "clone");

    assertThat(clone).hasSize(1);
    assertThat(clone.getFirst().args())
        .containsExactly(
            new SyscallArgument(
                0, BigInteger.valueOf(0x7E020000L), BigInteger.ZERO, "SCMP_CMP_MASKED_EQ"));
  }

  @Test
  void aTracerIsOnlyLetThroughWhereTheKernelFiltersTheTraced() {
    assertThat(actions(on("amd64", "4.7.10").byDefault(List.of()), "ptrace")).isEmpty();
    assertThat(actions(on("amd64", "4.8.0-rc1").byDefault(List.of()), "ptrace"))
        .containsExactly(ALLOW);
    assertThat(actions(on("amd64", "10.0").byDefault(List.of()), "ptrace")).containsExactly(ALLOW);
  }

  @Test
  void noCallIsBothAllowedAndRefusedWithoutACondition() {
    for (var capabilities : List.of(List.<String>of(), List.of("CAP_SYS_ADMIN", "CAP_BPF"))) {
      var plain = new ArrayList<String>();
      for (var rule : on("amd64", "6.1.0").byDefault(capabilities).syscalls()) {
        if (rule.args().isEmpty()) {
          rule.names().stream()
              .map(name -> name + " " + rule.action())
              .distinct()
              .forEach(plain::add);
        }
      }
      var names = plain.stream().distinct().map(line -> line.split(" ", 2)[0]).toList();
      assertThat(names).doesNotHaveDuplicates();
    }
  }

  @Test
  void aPlainProfileOfTheOciIsTakenAsItIs() {
    // Given
    var text =
        """
        {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
         "flags": ["SECCOMP_FILTER_FLAG_LOG"],
         "syscalls": [{"names": ["chmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13,
           "args": [{"index": 1, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]}]}
        """;

    // When
    var filter = of(text);

    // Then
    assertThat(filter.architectures()).containsExactly("SCMP_ARCH_X86_64");
    assertThat(filter.flags()).containsExactly("SECCOMP_FILTER_FLAG_LOG");
    assertThat(filter.syscalls())
        .containsExactly(
            new SyscallRule(
                List.of("chmod"),
                "SCMP_ACT_ERRNO",
                13,
                List.of(
                    new SyscallArgument(
                        1, new BigInteger("18446744073709551615"), null, "SCMP_CMP_EQ"))));
  }

  @Test
  void theOldestFormOfARuleIsRead() {
    var filter =
        of(
            """
            {"defaultAction": "SCMP_ACT_ALLOW",
             "syscalls": [{"name": "chmod", "action": "SCMP_ACT_ERRNO", "args": null}]}
            """);

    assertThat(actions(filter, "chmod")).containsExactly("SCMP_ACT_ERRNO");
  }

  @Test
  void whatExcludesAMachineLeavesTheRuleOut() {
    var filter =
        of(
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"names": ["a"], "action": "SCMP_ACT_TRAP", "excludes": {"arches": ["amd64"]}},
              {"names": ["b"], "action": "SCMP_ACT_TRAP", "includes": {"arches": ["s390x"]}},
              {"names": ["c"], "action": "SCMP_ACT_TRAP", "excludes": {"minKernel": "5.0"}},
              {"names": ["d"], "action": "SCMP_ACT_TRAP", "includes": {"minKernel": "5.0"}}]}
            """);

    assertThat(filter.syscalls().stream().flatMap(rule -> rule.names().stream()))
        .containsExactly("d");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                                  | no defaultAction
          null                                                                | no defaultAction
          {"defaultAction": "ALLOW"}                                          | action ALLOW
          {"defaultAction": "SCMP_ACT_ALLOW"                                  | at line 1
          {"defaultAction": "SCMP_ACT_ALLOW"} x                               | at line 1
          {"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 4096}        | error number 4096
          {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["A"], "archMap": [{}]} | both
          {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_LOG"}]} | without names
          {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"]}]} | action null
          {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}]} | index 6
          {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_LOG", "args": [{"index": 0}]}]} | operator
          {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_LOG", "includes": {"minKernel": "new"}}]} | kernel version
          """)
  void whatIsWrongInAProfileIsNamed(String text, String fault) {
    assertThatThrownBy(() -> of(text))
        .hasMessageStartingWith("p.json: ")
        .hasMessageContaining(fault);
  }

  private static Seccomp of(String text) {
    return on("amd64", "6.1.0").of("p.json", text.getBytes(StandardCharsets.UTF_8), List.of());
  }

  private static SeccompProfiles on(String architecture, String release) {
    try {
      return SeccompProfiles.on(Machine.of(architecture, release));
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  private static List<SyscallRule> rules(Seccomp filter, String call) {
    return filter.syscalls().stream().filter(rule -> rule.names().contains(call)).toList();
  }

  private static List<String> actions(Seccomp filter, String call) {
    return rules(filter, call).stream()
        .map(rule -> rule.action() + (rule.errnoRet() == null ? "" : "/" + rule.errnoRet()))
        .distinct()
        .toList();
  }
}
