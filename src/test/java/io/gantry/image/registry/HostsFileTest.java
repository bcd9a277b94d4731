package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.image.registry.Endpoint.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostsFileTest {
  @TempDir private Path folder;

  private List<Endpoint> read(String host, String text) throws IOException {
    write(host, text);
    return new HostsFolder(folder).find(host).orElseThrow();
  }

  private void write(String directory, String text) throws IOException {
    Files.writeString(
        Files.createDirectories(folder.resolve(directory)).resolve("hosts.toml"), text);
  }

  private static List<String> bases(List<Endpoint> endpoints) {
    return endpoints.stream().map(endpoint -> endpoint.base().toString()).toList();
  }

  @Test
  void mirrorsComeInTheirOrderAndTheServerLast() throws IOException {
    // When
    var endpoints =
        read(
            "docker.io",
            """
            server = "https://upstream.test"
            [host."https://z.test"]
              capabilities = ["pull"]
            [host."http://a.test:5000/cache"]
              capabilities = ["pull", "resolve", "push"]
              skip_verify = true
              [host."http://a.test:5000/cache".header]
                X-Team = "one"
            [host."b.test/v2/whole"]
              override_path = true
            """);

    // Then
    assertThat(bases(endpoints))
        .containsExactly(
            "https://z.test/v2",
            "http://a.test:5000/cache/v2",
            "https://b.test/v2/whole",
            "https://upstream.test/v2");
    assertThat(endpoints).extracting(Endpoint::upstream).containsExactly(false, false, false, true);
    assertThat(endpoints.get(0).capabilities()).containsExactly(Capability.PULL);
    assertThat(endpoints.get(1).tls().skipVerify()).isTrue();
    assertThat(endpoints.get(1).headers()).containsEntry("X-Team", List.of("one"));
    assertThat(endpoints.get(3).capabilities()).isEqualTo(Endpoint.ALL);
  }

  @Test
  void theHostItselfIsTheServerOfAFileThatNamesNone() throws IOException {
    assertThat(bases(read("docker.io", ""))).containsExactly("https://registry-1.docker.io/v2");
    assertThat(bases(read("quay.io", "skip_verify = true"))).containsExactly("https://quay.io/v2");
  }

  @ParameterizedTest
  @CsvSource({"r.test:5000, r.test_5000_", "r.test:5000, r.test:5000", "r.test, _default"})
  void aFolderIsFoundByContainerdsNames(String host, String directory) throws IOException {
    // Given
    write(directory, "server = 'http://found.test'");

    // When
    var endpoints = new HostsFolder(folder).find(host).orElseThrow();

    // Then
    assertThat(bases(endpoints)).containsExactly("http://found.test/v2");
    assertThat(new HostsFolder(folder.resolve("none")).find(host)).isEmpty();
  }

  @Test
  void authoritiesAreReadFromBesideTheFile() throws IOException {
    // Given
    Files.writeString(Files.createDirectories(folder.resolve("r.test")).resolve("ca.crt"), "PEM");

    // When
    var endpoints = read("r.test", "ca = 'ca.crt'");

    // Then
    assertThat(endpoints.getFirst().tls().authorities()).isEqualTo("PEM\n");
  }

  @ParameterizedTest
  @CsvSource({"1s,1000", "1m30s,90000", "1.5s,1500", "250ms,250", "2h,7200000"})
  void aTimeoutIsWrittenAsGoDoes(String written, long millis) throws IOException {
    // When
    var endpoints = read("r.test", "dial_timeout = '" + written + "'");

    // Then
    assertThat(endpoints.getFirst().dialTimeout()).contains(Duration.ofMillis(millis));
  }

  @Test
  void certificatesOfOursAreOneFileOrPairs() throws IOException {
    // Given
    var directory = Files.createDirectories(folder.resolve("r.test"));
    for (var name : List.of("a", "b", "both")) {
      Files.writeString(directory.resolve(name), name.toUpperCase(Locale.ROOT));
    }

    // When
    var one = read("r.test", "client = 'both'").getFirst().tls();
    var list = read("r.test", "client = ['both', 'a']").getFirst().tls();
    var pairs = read("r.test", "client = [['a', 'b'], ['both', '']]").getFirst().tls();

    // Then
    assertThat(one.identities()).containsExactly(new Tls.Identity("BOTH", "BOTH"));
    assertThat(list.identities())
        .containsExactly(new Tls.Identity("BOTH", "BOTH"), new Tls.Identity("A", "A"));
    assertThat(pairs.identities())
        .containsExactly(new Tls.Identity("A", "B"), new Tls.Identity("BOTH", "BOTH"));
    assertThat(one.toString()).doesNotContain("BOTH");
    assertThat(one.anonymous().identities()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "client = [['a', 'b', 'c']] | hosts.toml: server client: [",
        "mirror = 'x' | hosts.toml: mirror: not supported",
        "[host.'https://a']\\ndial_timeout = 'soon' | dial_timeout: 'soon' (expected: a duration",
        "dial_timeout = 5 | dial_timeout: 5 (expected: a text)",
        "server = 5 | hosts.toml: server: 5 (expected: a text)",
        "server = 'ftp://x' | hosts.toml: server: 'ftp://x' (expected: an http or https address)",
        "capabilities = ['fly'] | server capabilities: 'fly' (expected: pull",
        "skip_verify = 'yes' | hosts.toml: server skip_verify: \"yes\" (expected: true or false)",
        "server = | line 1:",
        "ca = 'absent' | absent"
      })
  void whatIsNotUnderstoodIsRefusedByName(String text, String message) {
    assertThatThrownBy(() -> read("r.test", text.replace("\\n", "\n")))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining(message.strip());
  }
}
