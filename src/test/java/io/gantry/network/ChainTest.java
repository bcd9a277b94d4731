package io.gantry.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChainTest {
  private static Chain chain(String json) {
    return Chain.parse(CniJson.object(json.getBytes(UTF_8)), _ -> List.of());
  }

  @Test
  void listKeepsTheOrderOfItsPlugins() {
    // When
    var chain =
        chain(
            """
            {"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge"},{"type":"portmap"}]}
            """);

    // Then
    assertThat(chain.network()).isEqualTo("net");
    assertThat(chain.plugins()).extracting(Chain::type).containsExactly("bridge", "portmap");
  }

  @Test
  void singlePluginIsAChainOfOne() {
    // When
    var chain = chain("{\"name\":\"net\",\"type\":\"bridge\",\"mtu\":1400}");

    // Then
    assertThat(chain.cniVersion()).isEqualTo("0.1.0");
    assertThat(chain.plugins()).singleElement().matches(p -> p.path("mtu").asInt() == 1400);
  }

  @Test
  void folderAddsPluginsUnlessTheListForbidsIt() {
    // Given
    var more = List.of(CniJson.object("{\"type\":\"tuning\"}".getBytes(UTF_8)));
    var open = "{\"name\":\"net\",\"plugins\":[{\"type\":\"bridge\"}]}";
    var closed =
        "{\"name\":\"net\",\"loadOnlyInlinedPlugins\":true,\"plugins\":[{\"type\":\"bridge\"}]}";

    // When
    var added = Chain.parse(CniJson.object(open.getBytes(UTF_8)), _ -> more);
    var alone = Chain.parse(CniJson.object(closed.getBytes(UTF_8)), _ -> more);

    // Then
    assertThat(added.plugins()).extracting(Chain::type).containsExactly("bridge", "tuning");
    assertThat(alone.plugins()).extracting(Chain::type).containsExactly("bridge");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"cniVersion\":\"0.3.1\"|0.3.1",
        "\"cniVersion\":\"1.0.0\",\"cniVersions\":[\"0.4.0\",\"1.1.0\"]|1.1.0",
        "\"cniVersion\":\"1.0.0\",\"cniVersions\":[\"9.0.0\"]|1.0.0",
        "\"cniVersion\":\"9.0.0\",\"cniVersions\":[\"1.0.0\"]|1.0.0"
      })
  void highestVersionThatBothSpeakIsUsed(String versions, String chosen) {
    // When
    var chain = chain("{" + versions + ",\"name\":\"net\",\"plugins\":[{\"type\":\"bridge\"}]}");

    // Then
    assertThat(chain.cniVersion()).isEqualTo(chosen);
  }

  @Test
  void versionOfTheFutureIsRefused() {
    assertThatThrownBy(
            () -> chain("{\"cniVersion\":\"2.0.0\",\"name\":\"net\",\"type\":\"bridge\"}"))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("cniVersion: '2.0.0' (expected: one of 0.1.0, ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../bin/sh", "/bin/sh", "..", ".", "", "a/b", "a\\\\b", "a..b", "a b"})
  void typeThatIsNoBareNameIsRefused(String type) {
    assertThatThrownBy(() -> chain("{\"name\":\"net\",\"type\":\"" + type + "\"}"))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("type: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../bin/sh", "/bin/sh", "..", "a/b"})
  void addressPluginThatIsNoBareNameIsRefused(String type) {
    assertThatThrownBy(
            () ->
                chain(
                    "{\"name\":\"net\",\"type\":\"bridge\",\"ipam\":{\"type\":\"" + type + "\"}}"))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("ipam.type: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"name\":\"net\"}",
        "{\"name\":\"net\",\"plugins\":[]}",
        "{\"name\":\"net\",\"plugins\":[1]}",
        "{\"name\":\"net\",\"plugins\":[{}]}",
        "{\"name\":\"../net\",\"type\":\"bridge\"}",
        "{\"name\":7,\"plugins\":{\"type\":\"bridge\"}}",
        "[]",
        "null",
        "",
        "{\"name\":",
        "{} {}"
      })
  void whatIsNoConfigurationIsRefused(String json) {
    assertThatThrownBy(() -> chain(json)).isInstanceOf(RuntimeFault.class);
  }
}
