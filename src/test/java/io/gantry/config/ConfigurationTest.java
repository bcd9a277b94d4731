package io.gantry.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.access.Role;
import io.gantry.config.Configuration.Source;
import io.gantry.errors.RuntimeFault;
import io.gantry.handler.HandlerConfig;
import io.gantry.oci.RuntimeSpec.Rlimit;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.BlockRoot;
import io.gantry.runtime.Overhead;
import io.gantry.security.SelinuxMode;
import io.gantry.streaming.StreamingConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConfigurationTest {
  @Test
  void labelsAreSetWhereTheHostHasThemUnlessTheOperatorSaysOtherwise() {
    assertThat(Owners.of(read("")).selinux()).isEqualTo(SelinuxMode.AUTO);
    assertThat(Owners.of(read("selinux: {enabled: true}")).selinux())
        .isEqualTo(SelinuxMode.REQUIRED);
    assertThat(Owners.of(read("selinux: {enabled: false}")).selinux()).isEqualTo(SelinuxMode.OFF);
    assertThatThrownBy(() -> read("selinux: {enabled: permissive}"))
        .hasMessageStartingWith("selinux.enabled: 'permissive' (expected: auto, true or false)");
  }

  @Test
  void anEmptyFileWorks() {
    // When
    var configuration = read("");

    // Then
    assertThat(configuration.text(Key.CRI_SOCKET)).isEqualTo("/run/gantry/gantry.sock");
    assertThat(Owners.of(configuration).network().binDirs())
        .containsExactly(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"));
    assertThat(Owners.of(configuration).metrics().port()).isEqualTo(9477);
  }

  @ParameterizedTest
  @EnumSource(Key.class)
  void everyDefaultHasTheFormOfItsKey(Key key) {
    assertThat(key.form().fits(key.standard())).isTrue();
  }

  @Test
  void theFlagWinsOverTheEnvironmentWhichWinsOverTheFile() {
    // When
    var configuration =
        Configuration.read(
            "{root: /file, run: /file, log: {level: warn}}",
            Map.of("GANTRY_RUN", "/environment", "GANTRY_LOG_LEVEL", "debug", "HOME", "/root"),
            Map.of("log.level", "trace"));

    // Then
    assertThat(configuration.value(Key.ROOT))
        .isEqualTo(new Configuration.Value("/file", Source.FILE));
    assertThat(configuration.value(Key.RUN))
        .isEqualTo(new Configuration.Value("/environment", Source.ENVIRONMENT));
    assertThat(configuration.value(Key.LOG_LEVEL))
        .isEqualTo(new Configuration.Value("trace", Source.FLAG));
  }

  @Test
  void anApiForEverybodyIsOnlyForTheLoopback() {
    assertThat(
            Owners.of(read("api: {listen: '[::1]:9478', anonymous-role: view}"))
                .api()
                .tcp()
                .orElseThrow()
                .anonymous())
        .contains(Role.VIEW);
    assertThatThrownBy(
            () -> Owners.of(read("api: {listen: '0.0.0.0:9478', anonymous-role: view}")).api())
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("api.anonymous-role: view at 0.0.0.0");
    assertThatThrownBy(
            () -> Owners.of(read("api: {listen: '0.0.0.0:9478', tls: {certificate: ''}}")).api())
        .hasMessageContaining("TCP is always encrypted");
    assertThatThrownBy(
            () ->
                Owners.of(read("api: {listen: '1.2.3.4:1', tls: {client-roles: [a=view]}}")).api())
        .hasMessageContaining("without api.tls.client-ca");
  }

  @Test
  void aListCanBeWrittenAsOne() {
    assertThat(Owners.of(read("cni: {bin-dirs: [/a, /b]}")).network().binDirs())
        .containsExactly(Path.of("/a"), Path.of("/b"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          root: relative            | root: 'relative' (expected: an absolute path)
          metrics: {listen: here}   | metrics.listen: 'here' (expected: <ip address>:<port>, or empty for none)
          images: {layers-at-once: 0} | images.layers-at-once: '0' (expected: a whole number from 1 to 64)
          log: {level: loud}        | log.level: 'loud' (expected: error, warn, info, debug or trace)
          streaming: {advertised: 'ftp://a'} | streaming.advertised: 'ftp://a' (expected: http(s)://<host>[:<port>][/…], or empty for none)
          streaming: {tls: {key: k.pem}} | streaming.tls.key: 'k.pem' (expected: an absolute path, or empty for none)
          rooot: /x                 | rooot: unknown key (expected: one of those in docs/operate/config.md)
          - a                       | configuration: not a mapping (expected: keys and values)
          """)
  void whatIsWrongIsNamed(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml)).isInstanceOf(RuntimeFault.class).hasMessage(message);
  }

  @Test
  void textThatIsNotYamlIsRefused() {
    assertThatThrownBy(() -> read("a: [")).hasMessageStartingWith("configuration: not YAML");
  }

  @Test
  void handlersAreConfiguredByName() {
    // Given
    var yaml = "handlers: {default: quick, quick: {binary: /usr/bin/crun}, plain: {binary: runc}}";

    // When
    var handlers = Owners.of(read(yaml)).handlers();

    // Then
    assertThat(handlers.defaultName()).isEqualTo("quick");
    assertThat(handlers.handlers())
        .containsOnlyKeys("quick", "plain")
        .containsEntry("quick", HandlerConfig.oci("/usr/bin/crun"));
  }

  @Test
  void aHandlerOfWhichNothingIsSaidIsTheBinaryOfItsName() {
    for (var yaml : List.of("handlers: {crun: {}}", "handlers:\n  crun:\n")) {
      assertThat(Owners.of(read(yaml)).handlers().handlers())
          .as(yaml)
          .isEqualTo(Map.of("crun", HandlerConfig.oci("crun")));
    }
    assertThat(Owners.of(read("handlers: {}\ncri: {}\ncni:\n")).handlers().handlers()).isEmpty();
    assertThatThrownBy(() -> read("what: {}")).hasMessageStartingWith("what: unknown key");
    assertThatThrownBy(() -> read("handlers: {crun: runc}"))
        .hasMessageStartingWith("handlers.crun: unknown key");
  }

  @Test
  void limitsOfProcessesHaveNamesAndNumbers() {
    // Given
    var yaml = "containers: {rlimits: [nofile=1024:4096, core=0, memlock=unlimited]}";

    // Then
    assertThat(Owners.of(read(yaml)).containers().rlimits())
        .containsExactly(
            new Rlimit("RLIMIT_NOFILE", 4096, 1024),
            new Rlimit("RLIMIT_CORE", 0, 0),
            new Rlimit("RLIMIT_MEMLOCK", Rlimit.INFINITY, Rlimit.INFINITY));
    for (var wrong :
        List.of("nofile", "nofile=2:1", "files=1", "core=-1", "core=0,core=1", "core=")) {
      assertThatThrownBy(() -> read("containers: {rlimits: '" + wrong + "'}"))
          .as(wrong)
          .hasMessageStartingWith("containers.rlimits: '" + wrong + "' (expected: <name>=");
    }
  }

  @Test
  void aFileOfItsOwnIsAHandlerMore() {
    // Given
    var configuration = read("handlers: {default: crun, crun: {}}");

    // When
    configuration.dropIn("wasm", "{binary: youki, annotations: [run.oci.handler=wasm]}");
    var handlers = Owners.of(configuration).handlers();

    // Then
    assertThat(handlers.handlers()).containsOnlyKeys("crun");
    assertThat(handlers.dropIns().get("wasm").annotations().always())
        .isEqualTo(Map.of("run.oci.handler", "wasm"));
  }

  @Test
  void anUnknownFieldOfAHandlerIsRefused() {
    assertThatThrownBy(() -> Owners.of(read("handlers: {quick: {path: /x}}")).handlers())
        .hasMessage(
            "handlers.quick.path: unknown key (expected: driver, binary, type, options, annotations,"
                + " allowed-annotations, overhead-memory-mib, overhead-cpu-millis, rootfs or"
                + " rootfs-space-mib)");
  }

  @Test
  void rootsOfAShimAreDirectoriesUnlessBlocksAreAskedFor() {
    // Given
    var yaml =
        """
        handlers:
          default: plain
          plain: {driver: shim, type: io.containerd.runc.v2, rootfs: mount}
          block: {driver: shim, type: io.containerd.kata.v2, rootfs: block}
          small: {driver: shim, type: io.containerd.kata.v2, rootfs: block, rootfs-space-mib: 64}
        """;

    // When
    var handlers = Owners.of(read(yaml)).handlers().handlers();

    // Then
    assertThat(handlers.get("plain").blockRoot()).isEmpty();
    assertThat(handlers.get("block").blockRoot()).contains(new BlockRoot(10L << 30));
    assertThat(handlers.get("small").blockRoot()).contains(new BlockRoot(64 << 20));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "binary: crun, rootfs: block | handlers.x.rootfs: block (expected: mount with driver oci)",
        "binary: crun, rootfs: erofs | handlers.x.rootfs: 'erofs' (expected: mount or block)",
        "driver: shim, type: a.b.v1, rootfs-space-mib: 5"
            + " | handlers.x.rootfs-space-mib (expected: none without rootfs: block)",
        "driver: shim, type: a.b.v1, rootfs: block, rootfs-space-mib: 0"
            + " | handlers.x.rootfs-space-mib: '0' (expected: 1 to 9999999)",
        "driver: shim, type: a.b.v1, rootfs: block, rootfs-space-mib: much"
            + " | handlers.x.rootfs-space-mib: 'much' (expected: 0 to 9999999)"
      })
  void rootThatCannotBeIsRefused(String fields, String message) {
    assertThatThrownBy(() -> Owners.of(read("handlers: {x: {" + fields + "}}")).handlers())
        .hasMessage(message);
  }

  @Test
  void whatAPodTakesBesideItsContainersIsSaidOfItsHandler() {
    // Given
    var yaml =
        "handlers: {safe: {binary: runsc, overhead-memory-mib: 64, overhead-cpu-millis: 250}}";

    // Then
    assertThat(Owners.of(read(yaml)).handlers().handlers().get("safe").overhead())
        .isEqualTo(new Overhead(64 << 20, 250));
  }

  @Test
  void shimIsConfiguredByItsTypeOrItsBinary() {
    // Given
    var yaml =
        """
        handlers:
          default: quick
          quick: {driver: shim, type: io.containerd.runc.v2, options: "BinaryName=/usr/bin/crun"}
          safe: {driver: shim, binary: /opt/kata/bin/containerd-shim-kata-v2}
        """;

    // When
    var handlers = Owners.of(read(yaml)).handlers().handlers();

    // Then
    assertThat(handlers)
        .containsEntry(
            "quick", shim("containerd-shim-runc-v2", List.of("BinaryName=/usr/bin/crun")))
        .containsEntry("safe", shim("/opt/kata/bin/containerd-shim-kata-v2", List.of()));
  }

  private static HandlerConfig shim(String binary, List<String> options) {
    return new HandlerConfig(
        HandlerConfig.Driver.SHIM, binary, options, Map.of(), AnnotationRule.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "driver: shim | neither type nor binary (expected: one of them with driver shim)",
        "driver: shim, type: a.b.v1, binary: x"
            + " | both type and binary (expected: one of them with driver shim)",
        "driver: shim, type: runc | runtime type: 'runc' (expected: a name such as",
        "driver: shim, type: io.containerd.kata.v2, options: BinaryName=/x"
            + " | shim option: BinaryName (expected: one of TypeUrl, ConfigPath)",
        "driver: shim, type: io.containerd.runc.v2, options: NoPivotRoot=yes"
            + " | shim option NoPivotRoot: 'yes' (expected: true or false)",
        "driver: shim, type: io.containerd.runc.v2, options: crun"
            + " | shim option: 'crun' (expected: name=value, each name once)",
        "type: io.containerd.runc.v2 | (expected: none with driver oci)",
        "overhead: 64Mi | overhead: unknown key",
        "overhead-memory-mib: 64Mi | overhead-memory-mib: '64Mi' (expected: 0 to 9999999)",
      })
  void whatNoShimCanBeIsRefused(String fields, String why) {
    assertThatThrownBy(() -> Owners.of(read("handlers: {h: {" + fields + "}}")).handlers())
        .hasMessageContaining(why);
  }

  @Test
  void streamsAreServedOnTheLoopbackUnlessSaidOtherwise() {
    var streaming = Owners.of(read("")).streaming().orElseThrow();
    assertThat(streaming).isEqualTo(StreamingConfig.defaults());
    assertThat(streaming.host()).isEqualTo("127.0.0.1");
    assertThat(Owners.of(read("streaming: {listen: ''}")).streaming()).isEmpty();
  }

  @Test
  void streamsCanBeEncryptedAndAdvertisedElsewhere() {
    // Given
    var yaml =
        """
        streaming:
          listen: 0.0.0.0:10350
          advertised: https://node:10350/streams
          idle-seconds: 60
          creation-seconds: 5
          tls: {certificate: /t/chain.pem, key: /t/key.pem, client-ca: /t/ca.pem}
        """;

    // When
    var streaming = Owners.of(read(yaml)).streaming().orElseThrow();

    // Then
    assertThat(streaming.advertised()).contains(URI.create("https://node:10350/streams"));
    assertThat(streaming.idleTimeout()).hasSeconds(60);
    assertThat(streaming.creationTimeout()).hasSeconds(5);
    assertThat(streaming.tls())
        .contains(
            new StreamingConfig.Tls(
                Optional.of(
                    new StreamingConfig.Certificate(
                        Path.of("/t/chain.pem"), Path.of("/t/key.pem"))),
                Optional.of(Path.of("/t/ca.pem"))));
    assertThat(
            Owners.of(read("streaming: {tls: {certificate: self-signed}}"))
                .streaming()
                .orElseThrow()
                .tls())
        .contains(new StreamingConfig.Tls(Optional.empty(), Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {listen: '0.0.0.0:0'}            | streaming host: '0.0.0.0' (expected: an address, or an advertised url besides)
          {tls: {certificate: /c}}         | streaming.tls.key: '' (expected: the key of a certificate that is a file)
          {tls: {key: /k}}                 | streaming.tls.key: '/k' (expected: the key of a certificate that is a file)
          {tls: {certificate: self-signed, key: /k}} | streaming.tls.key: '/k' (expected: the key of a certificate that is a file)
          {tls: {client-ca: /a}}           | streaming.tls.client-ca: '/a' (expected: a certificate besides)
          """)
  void settingsOfStreamsThatDoNotFitTogetherAreRefused(String streaming, String message) {
    assertThatThrownBy(() -> Owners.of(read("streaming: " + streaming)).streaming())
        .isInstanceOf(RuntimeFault.class)
        .hasMessage(message);
  }

  private static Configuration read(String yaml) {
    return Configuration.read(yaml, Map.of(), Map.of());
  }
}
