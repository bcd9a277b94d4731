package io.gantry.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.config.Configuration.Source;
import io.gantry.errors.RuntimeFault;
import io.gantry.handler.HandlerConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConfigurationTest {
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
  void anUnknownFieldOfAHandlerIsRefused() {
    assertThatThrownBy(() -> Owners.of(read("handlers: {quick: {path: /x}}")).handlers())
        .hasMessage("handlers.quick.path: unknown key (expected: driver, binary or options)");
  }

  private static Configuration read(String yaml) {
    return Configuration.read(yaml, Map.of(), Map.of());
  }
}
