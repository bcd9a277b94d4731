package io.gantry.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Processes.Output;
import io.gantry.ids.SandboxId;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PluginOutputTest {
  private final Chain chain = new Chain("net", "1.0.0", List.of(json("{\"type\":\"bridge\"}")));
  private final Invocation run =
      Invocation.ofPod(
          Verb.ADD,
          chain,
          chain.plugins().getFirst(),
          new Invocation.Pod(Parameters.bare(SandboxId.random()), ""),
          Optional.empty(),
          Duration.ofSeconds(1));

  private static ObjectNode json(String text) {
    return CniJson.object(text.getBytes(UTF_8));
  }

  private static Output said(int exitCode, String stdout, String stderr) {
    return new Output(exitCode, Buffer.buffer(stdout), Buffer.buffer(stderr), false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"ip4\":{\"ip\":\"10.1.0.5/16\"},\"ip6\":{\"ip\":\"fd00::5/64\"}}|10.1.0.5 fd00::5",
        "{\"ips\":[{\"version\":\"4\",\"address\":\"10.1.0.5/16\"}]}|10.1.0.5",
        "{\"ips\":[{\"address\":\"fd00::5/64\"},{\"address\":\"10.1.0.5/16\"}]}|fd00::5 10.1.0.5",
        "{\"interfaces\":[{\"name\":\"br\"},{\"name\":\"eth0\",\"sandbox\":\"/n\"}],"
            + "\"ips\":[{\"address\":\"10.1.0.1/16\",\"interface\":0},"
            + "{\"address\":\"10.1.0.5/16\",\"interface\":1}]}|10.1.0.5"
      })
  void addressesAreThoseOfThePodInEveryVersion(String result, String expected) {
    // When
    var addresses = PluginOutput.addresses(chain, json(result));

    // Then
    assertThat(addresses).containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"ips\":[]}",
        "{\"ips\":[{\"address\":\"pod.example.org/24\"}]}",
        "{\"ips\":[{\"address\":17}]}",
        "{\"ips\":[{}]}",
        "{\"ips\":[\"10.1.0.5/16\"]}"
      })
  void resultWithoutAnAddressIsMalformed(String result) {
    assertThatThrownBy(() -> PluginOutput.addresses(chain, json(result)))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("network net: malformed result: ");
  }

  @Test
  void resultWithoutAVersionIsOfTheVersionThatWasAskedFor() {
    // When
    var result = PluginOutput.result(run, said(0, "{\"ips\":[]}", ""));

    // Then
    assertThat(result.path("cniVersion").asText()).isEqualTo("1.0.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ok", "[]", "{\"ips\":", "{} done"})
  void outputThatIsNoObjectIsMalformed(String stdout) {
    assertThatThrownBy(() -> PluginOutput.result(run, said(0, stdout, "")))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("network plugin: bridge ADD: malformed result: ");
  }

  @Test
  void errorObjectIsTheReason() {
    // When
    var fault =
        PluginOutput.refusal(
            run, said(1, "{\"code\":11,\"msg\":\"try again\",\"details\":\"no server\"}", "x"));

    // Then
    assertThat(fault).hasMessage("network plugin: bridge ADD: try again: no server (code 11)");
    assertThat(fault.kind()).isEqualTo(RuntimeFault.Kind.UNAVAILABLE);
  }

  @Test
  void crashIsExplainedByTheEndOfWhatWasPrinted() {
    // When
    var fault = PluginOutput.refusal(run, said(2, "", "x".repeat(5_000) + "\n\npanic:\tat last\n"));

    // Then
    assertThat(fault.getMessage())
        .startsWith("network plugin: bridge ADD: exit code 2: …xxx")
        .endsWith("xxx panic: at last")
        .hasSizeLessThan(1_100);
  }
}
