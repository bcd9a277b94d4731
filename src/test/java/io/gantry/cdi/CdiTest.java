package io.gantry.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.FakeHost;
import io.gantry.oci.RuntimeSpec.Device;
import io.gantry.oci.RuntimeSpec.DeviceRule;
import io.gantry.oci.RuntimeSpec.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CdiTest {
  @TempDir private Path temp;
  private Path low;
  private Path high;
  private Cdi cdi;

  @BeforeEach
  void open() throws IOException {
    low = Files.createDirectories(temp.resolve("etc"));
    high = temp.resolve("run");
    cdi = Cdi.in(new FakeHost().disk(), List.of(low, high));
  }

  @Test
  void aDeviceBringsItsEditsAndOnceThoseOfItsFile() throws IOException {
    // Given
    Files.writeString(
        low.resolve("vendor.yaml"),
        """
        cdiVersion: 0.8.0
        kind: vendor.example/gpu
        containerEdits:
          env: [LIBRARY=/usr/lib/vendor, SHARED=1]
          mounts:
            - {hostPath: /etc, containerPath: /vendor, options: [ro, nosuid]}
          hooks:
            - {hookName: createContainer, path: /bin/sh, args: [sh, -c, "true"], timeout: 5}
        devices:
          - name: "0"
            containerEdits:
              env: [GPU=0]
              deviceNodes: [{path: /dev/gpu0, hostPath: /dev/null, permissions: rw}]
              additionalGids: [44, 0]
          - name: "1"
            containerEdits:
              env: [GPU=1]
              deviceNodes: [{path: /dev/gpu1, type: c, major: 195, minor: 1, uid: 7, gid: 8}]
        """);

    // When
    var edits = edits("vendor.example/gpu=0", "vendor.example/gpu=1");

    // Then
    assertThat(edits.env())
        .containsExactly(
            Map.entry("LIBRARY", "/usr/lib/vendor"),
            Map.entry("SHARED", "1"),
            Map.entry("GPU", "1"));
    assertThat(edits.devices())
        .containsExactly(
            new Device("/dev/gpu0", "c", 1, 3, 0666, null, null),
            new Device("/dev/gpu1", "c", 195, 1, null, 7L, 8L));
    assertThat(edits.rules())
        .containsExactly(
            new DeviceRule(true, "c", 1L, 3L, "rw"), new DeviceRule(true, "c", 195L, 1L, "rwm"));
    assertThat(edits.mounts())
        .containsExactly(new Mount("/vendor", "bind", "/etc", List.of("ro", "nosuid", "rbind")));
    assertThat(edits.hooks()).isNotNull();
    assertThat(edits.hooks().createContainer()).singleElement().asString().contains("/bin/sh");
    assertThat(edits.groups()).containsExactly(44L);
  }

  @Test
  void aLaterFolderComesFirstAndFilesMayComeAndGo() throws IOException {
    // Given
    simple(low.resolve("a.json"), "vendor.example/net=0", "FROM=low");

    // When
    var before = edits("vendor.example/net=0");
    Files.createDirectories(high);
    simple(high.resolve("z.json"), "vendor.example/net=0", "FROM=high");
    var between = edits("vendor.example/net=0");
    Files.delete(high.resolve("z.json"));
    simple(low.resolve("a.json"), "vendor.example/net=0", "FROM=rewritten");
    var after = edits("vendor.example/net=0");

    // Then
    assertThat(before.env()).containsEntry("FROM", "low");
    assertThat(between.env()).containsEntry("FROM", "high");
    assertThat(after.env()).containsEntry("FROM", "rewritten");
  }

  @Test
  void twoFilesOfAFolderWithOneDeviceMakeNone() throws IOException {
    // Given
    simple(low.resolve("a.json"), "vendor.example/net=0", "FROM=a");
    simple(low.resolve("b.json"), "vendor.example/net=0", "FROM=b");

    // When
    var fault = fault("vendor.example/net=0");

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault)
        .hasMessageContaining("cdi device: 'vendor.example/net=0' is in no file")
        .hasMessageContaining("b.json: device vendor.example/net=0 is in " + low.resolve("a.json"));
  }

  @Test
  void aNameThatNobodyDefinesIsRefusedWithThoseThereAreAndWithWhatIsWrong() throws IOException {
    // Given
    simple(low.resolve("a.json"), "vendor.example/net=0", "FROM=a");
    Files.writeString(low.resolve("broken.yaml"), "cdiVersion: 0.8.0\nkind: nonsense\n");
    Files.writeString(low.resolve(".unfinished.json"), "{");

    // When
    var fault = fault("vendor.example/net=7");

    // Then
    assertThat(fault)
        .hasMessageContaining("'vendor.example/net=7'")
        .hasMessageContaining("one of vendor.example/net=0")
        .hasMessageContaining("broken.yaml: kind: 'nonsense'");
    assertThat(edits("vendor.example/net=0").env()).containsEntry("FROM", "a");
    var inventory = cdi.inventory().result();
    assertThat(inventory.devices()).containsExactly("vendor.example/net=0");
    assertThat(inventory.mistakes()).containsOnlyKeys(low.resolve("broken.yaml").toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cdiVersion: 3.0.0 | cdiVersion: '3.0.0' (expected: 0.2.0 to 1.1.0)",
        "kind: vendor | kind: 'vendor'",
        "devices: [] | devices: 'none'",
        "devices: [{name: a}, {name: a}] | device: 'a' (expected: once)",
        "devices: [{name: '-'}] | device name: '-'",
        "devices: [{name: a, containerEdits: {env: [x]}}] | device a: env: 'x' (expected: name=value)",
        "containerEdits: {hooks: [{hookName: never, path: /x}]} | hooks.hookName: 'never'",
        "containerEdits: {hooks: [{hookName: poststop, path: x}]} | hooks.path: 'x'",
        "containerEdits: {mounts: [{hostPath: /x, containerPath: x}]} | mounts.containerPath: 'x'",
        "containerEdits: {deviceNodes: [{path: /d, type: q}]} | deviceNodes.type: 'q'",
        "containerEdits: {deviceNodes: [{path: /d, permissions: x}]} | deviceNodes.permissions: 'x'",
        "containerEdits: {additionalGids: [-1]} | additionalGids: '-1'",
        "what: 1 | Unrecognized field \"what\""
      })
  void whatIsWrongInAFileIsSaid(String line, String said) throws IOException {
    // Given
    var key = line.substring(0, line.indexOf(':'));
    var whole =
        """
        cdiVersion: 1.0.0
        kind: vendor.example/gpu
        devices: [{name: a}]
        """;
    var kept = String.join("\n", whole.lines().filter(it -> !it.startsWith(key + ":")).toList());
    Files.writeString(low.resolve("vendor.yaml"), kept + "\n" + line + "\n");

    // Then
    assertThat(cdi.inventory().result().mistakes().values())
        .singleElement()
        .asString()
        .contains(said);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deviceNodes: [{path: /dev/absent}] | device node: '/dev/absent'",
        "deviceNodes: [{path: /dev/null, type: b}] | device node: '/dev/null' is of type c",
        "mounts: [{hostPath: /absent, containerPath: /x}] | mount: '/absent'",
        "hooks: [{hookName: poststop, path: /absent}] | poststop hook: '/absent'",
        "intelRdt: {closID: x} | intelRdt: not supported",
        "netDevices: [{hostInterfaceName: eth1, name: eth0}] | netDevices: not supported"
      })
  void whatTheHostLacksOrNobodyDoesIsSaidWithDeviceAndFile(String edit, String said)
      throws IOException {
    // Given
    var file = low.resolve("vendor.yml");
    Files.writeString(
        file,
        "cdiVersion: 1.1.0\nkind: vendor.example/gpu\ndevices: [{name: a, containerEdits: {%s}}]\n"
            .formatted(edit));

    // Then
    assertThat(fault("vendor.example/gpu=a"))
        .hasMessageContaining("cdi device vendor.example/gpu=a of " + file + ": " + said);
  }

  @Test
  void annotationsNameDevicesTooAndEachCountsOnce() {
    assertThat(
            Cdi.requested(
                List.of("v/c=2", "v/c=1"),
                Map.of("cdi.k8s.io/x", "v/c=1,v/c=3", "other", "v/c=4", "cdi.k8s.io/y", "v/c=5")))
        .containsExactly("v/c=2", "v/c=1", "v/c=3", "v/c=5");
    assertThat(fault("gpu=0")).hasMessageContaining("'gpu=0' (expected: a name such as");
  }

  @Test
  void aHostileFileIsNamedAndTheOthersServeAllTheSame() throws Exception {
    // Given
    simple(low.resolve("good.json"), "vendor.example/gpu=0", "GOOD=1");
    Files.writeString(low.resolve("bad.json"), "{\"cdiVersion\": \"0.8.0\",");
    Files.writeString(low.resolve("deep.json"), "{\"kind\": " + "[".repeat(1_000_000));
    Files.writeString(low.resolve("deep.yaml"), "kind: " + "[".repeat(1_000_000));
    Files.writeString(low.resolve("long.yaml"), "kind: " + "a".repeat(3_900_000));
    Files.writeString(
        low.resolve("many.yaml"),
        "a: &a [x, x, x, x]\n" + "b: &b [*a, *a, *a, *a]\n" + "kind: *b\n");
    Files.write(low.resolve("huge.json"), new byte[(4 << 20) + 1]);
    Files.createSymbolicLink(low.resolve("loop.json"), Path.of("loop.json"));
    Files.createSymbolicLink(low.resolve("broken.json"), Path.of("nowhere"));
    Files.createDirectory(low.resolve("folder.json"));
    Files.createSymbolicLink(low.resolve("endless.json"), Path.of("/dev/zero"));
    var fifo = low.resolve("fifo.json").toString();
    assertThat(new ProcessBuilder("mkfifo", fifo).start().waitFor()).isZero();

    // When
    var inventory = cdi.inventory().result();
    var fault = fault("vendor.example/gpu=9");

    // Then
    assertThat(inventory.devices()).containsExactly("vendor.example/gpu=0");
    assertThat(edits("vendor.example/gpu=0").env()).containsExactly(Map.entry("GOOD", "1"));
    var bad =
        List.of(
            "bad.json",
            "broken.json",
            "deep.json",
            "deep.yaml",
            "endless.json",
            "fifo.json",
            "folder.json",
            "huge.json",
            "long.yaml",
            "loop.json",
            "many.yaml");
    assertThat(inventory.mistakes().keySet())
        .containsExactlyInAnyOrderElementsOf(
            bad.stream().map(it -> low.resolve(it).toString()).toList());
    assertThat(inventory.mistakes())
        .containsEntry(low.resolve("huge.json").toString(), "size: over 4 MiB (expected: less)")
        .containsEntry(
            low.resolve("endless.json").toString(),
            "no regular file (expected: one, or a link to one)");
    assertThat(inventory.mistakes().values()).allSatisfy(it -> assertThat(it).hasSizeLessThan(400));
    for (var name : bad) {
      assertThat(fault).hasMessageContaining(low.resolve(name) + ": ");
    }
  }

  private static void simple(Path file, String device, String variable) throws IOException {
    var kind = device.substring(0, device.indexOf('='));
    Files.writeString(
        file,
        """
        {"cdiVersion": "0.6.0", "kind": "%s",
         "devices": [{"name": "%s", "containerEdits": {"env": ["%s"]}}]}
        """
            .formatted(kind, device.substring(kind.length() + 1), variable));
  }

  private Edits edits(String... devices) {
    return cdi.resolve(List.of(devices)).result();
  }

  private RuntimeFault fault(String... devices) {
    return RuntimeFault.of(cdi.resolve(List.of(devices)).cause());
  }
}
