package io.gantry.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.FakeHost;
import io.gantry.host.FakeProcesses;
import io.gantry.runtime.Confines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostConfinementTest {
  private static final String LOADED = "sys/kernel/security/apparmor/profiles";
  private static final Profile LOCAL = Profile.localhost("localhost/web");

  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  private final FakeHost host = new FakeHost();
  @TempDir private Path root;

  @BeforeEach
  void aKernelWithSeccomp() throws IOException {
    put("proc/sys/kernel/osrelease", "6.1.0-9-amd64\n");
    put("proc/sys/kernel/seccomp/actions_avail", "allow\n");
  }

  private void put(String path, String content) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.writeString(root.resolve(path), content);
  }

  private void hasAppArmor(String profiles) throws IOException {
    put("sys/module/apparmor/parameters/enabled", "Y\n");
    put(LOADED, profiles);
  }

  private void hasParser() throws IOException {
    put("usr/sbin/apparmor_parser", "");
    Files.setPosixFilePermissions(
        root.resolve("usr/sbin/apparmor_parser"), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void nothingAskedIsNothingConfined() {
    assertThat(confines(Optional.empty(), Optional.empty())).isEqualTo(Confines.NONE);
    assertThat(confines(Optional.of(Profile.UNCONFINED), Optional.of(Profile.UNCONFINED)))
        .isEqualTo(Confines.NONE);
    assertThat(host.processes().commands()).isEmpty();
  }

  @Test
  void aPrivilegedProcessIsNotConfined() throws IOException {
    hasAppArmor("");
    hasParser();

    assertThat(on().of(call, Asked.privileged()).result()).isEqualTo(Confines.NONE);
  }

  @Test
  void theDefaultOfSeccompIsOurs() {
    var filter = confines(Optional.of(Profile.RUNTIME_DEFAULT), Optional.empty()).seccomp();

    assertThat(filter).isNotNull();
    assertThat(filter.defaultAction()).isEqualTo("SCMP_ACT_ERRNO");
  }

  @Test
  void aKernelWithoutSeccompRefusesAProfile() throws IOException {
    Files.delete(root.resolve("proc/sys/kernel/seccomp/actions_avail"));
    Files.delete(root.resolve("proc/sys/kernel/seccomp"));

    assertThat(fault(Optional.of(Profile.RUNTIME_DEFAULT), Optional.empty()))
        .hasMessageStartingWith("seccomp profile: this kernel has no seccomp");
  }

  @Test
  void aProfileOfTheNodeIsReadFromItsPath() throws IOException {
    // Given
    var file = root.resolve("p.json");
    Files.writeString(file, "{\"defaultAction\": \"SCMP_ACT_LOG\"}");

    // Then
    for (var reference : List.of(file.toString(), "localhost/" + file)) {
      var filter = confines(Optional.of(Profile.localhost(reference)), Optional.empty()).seccomp();
      assertThat(filter).isNotNull();
      assertThat(filter.defaultAction()).isEqualTo("SCMP_ACT_LOG");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"p.json", "/nowhere/p.json", "/proc", "/dev/zero", ""})
  void aProfileThatIsNoFileOfTheNodeIsRefused(String reference) {
    var fault = fault(Optional.of(Profile.localhost(reference)), Optional.empty());

    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(fault)
        .hasMessage("seccomp profile: '" + reference + "' (expected: the absolute path of a file)");
  }

  @Test
  void aProfileThatIsTooLargeIsRefused() throws IOException {
    var file = root.resolve("p.json");
    Files.write(file, new byte[1024 * 1024 + 1]);

    assertThat(fault(Optional.of(Profile.localhost(file.toString())), Optional.empty()))
        .hasMessageContaining("at most 1 MiB");
  }

  @Test
  void theDefaultOfAppArmorIsLoadedAtTheStartAndGivenToWhoAsksForNone() throws IOException {
    // Given
    hasAppArmor("other (enforce)\n");
    hasParser();
    host.processes().whenRun(_ -> true, _ -> loaded("gantry-default (enforce)\n"));

    // When
    var confinement = on();
    var atStart = host.processes().commands().size();
    var confines =
        confinement.of(call, new Asked(Optional.empty(), Optional.empty(), List.of())).result();

    // Then
    assertThat(atStart).isEqualTo(1);
    assertThat(host.processes().commands()).hasSize(1);
    assertThat(host.processes().commands().getFirst().arguments())
        .containsExactly("--replace", "--skip-cache");
    assertThat(confines.appArmor()).isEqualTo("gantry-default");
  }

  @Test
  void aDefaultThatWasUnloadedIsLoadedAgain() throws IOException {
    // Given
    hasAppArmor("");
    hasParser();

    // When
    var confines = confines(Optional.empty(), Optional.of(Profile.RUNTIME_DEFAULT));

    // Then
    assertThat(host.processes().commands()).hasSize(2);
    assertThat(confines.appArmor()).isEqualTo("gantry-default");
  }

  @Test
  void aDefaultThatCannotBeLoadedIsSaidByTheContainerNotByTheStart() throws IOException {
    hasAppArmor("");
    hasParser();
    host.processes().whenRun(_ -> true, _ -> FakeProcesses.output(1, "", "no such rule\n"));

    assertThat(fault(Optional.empty(), Optional.empty()))
        .hasMessage(
            "apparmor_parser: exit code 1: no such rule (expected: the default profile loaded)");
  }

  @Test
  void withoutAParserTheDefaultIsNone() throws IOException {
    hasAppArmor("web (enforce)\n");

    assertThat(confines(Optional.empty(), Optional.empty()).appArmor()).isNull();
    assertThat(confines(Optional.empty(), Optional.of(LOCAL)).appArmor()).isEqualTo("web");
    assertThat(fault(Optional.empty(), Optional.of(Profile.RUNTIME_DEFAULT)))
        .hasMessageStartingWith("apparmor_parser: missing");
  }

  @Test
  void aProfileOfTheNodeMustBeLoaded() throws IOException {
    hasAppArmor("web server (complain)\n/usr/bin/man (enforce)\n");

    assertThat(confines(Optional.empty(), Optional.of(Profile.localhost("web server"))).appArmor())
        .isEqualTo("web server");
    assertThat(fault(Optional.empty(), Optional.of(LOCAL)))
        .hasMessage("apparmor profile: 'web' (expected: one that is loaded in the kernel)");
  }

  @Test
  void aHostWithoutAppArmorRefusesAProfile() throws IOException {
    put("sys/module/apparmor/parameters/enabled", "N\n");
    put(LOADED, "web (enforce)\n");

    for (var asked : List.of(LOCAL, Profile.RUNTIME_DEFAULT)) {
      assertThat(fault(Optional.empty(), Optional.of(asked)))
          .hasMessageStartingWith("apparmor profile: this host has no AppArmor");
    }
  }

  private FakeProcesses.Output loaded(String profiles) {
    try {
      put(LOADED, profiles);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
    return FakeProcesses.output(0, "", "");
  }

  private Confinement on() {
    return HostConfinement.on(call, host, root, SelinuxMode.AUTO).result();
  }

  private Confines confines(Optional<Profile> seccomp, Optional<Profile> appArmor) {
    return on().of(call, new Asked(seccomp, appArmor, List.of())).result();
  }

  private RuntimeFault fault(Optional<Profile> seccomp, Optional<Profile> appArmor) {
    return (RuntimeFault) on().of(call, new Asked(seccomp, appArmor, List.of())).cause();
  }
}
