package io.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.SandboxId;
import io.gantry.network.Attach.PortMapping;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {
  private static final SandboxId ID = new SandboxId("a".repeat(64));

  private static Attach request(String name, PortMapping... ports) {
    return new Attach(ID, "default", name, "uid-1", Path.of("/run/ns/net"), List.of(ports));
  }

  @Test
  void argumentsNameThePod() {
    // When
    var pod = Parameters.of(request("web"));

    // Then
    assertThat(pod.args())
        .isEqualTo(
            "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;"
                + "K8S_POD_INFRA_CONTAINER_ID="
                + ID
                + ";K8S_POD_UID=uid-1");
    assertThat(pod.ifname()).isEqualTo("eth0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"web;IP=10.0.0.1", "a=b", "web\n", "web\u0000"})
  void podNameCannotAddArguments(String name) {
    assertThatThrownBy(() -> Parameters.of(request(name)))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("pod name: '");
  }

  @Test
  void onlyPortsWithAHostPortAreMapped() {
    // When
    var pod =
        Parameters.of(
            request(
                "web",
                new PortMapping("tcp", 80, 8080, ""),
                new PortMapping("tcp", 81, 0, ""),
                new PortMapping("udp", 53, 53, "127.0.0.1")));

    // Then
    assertThat(pod.capabilities().toString())
        .isEqualTo(
            "{\"portMappings\":["
                + "{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"},"
                + "{\"hostPort\":53,\"containerPort\":53,\"protocol\":\"udp\","
                + "\"hostIP\":\"127.0.0.1\"}]}");
  }

  @Test
  void portThatCannotBeIsRefused() {
    assertThatThrownBy(() -> Parameters.of(request("web", new PortMapping("tcp", 80, 65_536, ""))))
        .isInstanceOf(RuntimeFault.class)
        .hasMessage("host port: 65536 (expected: 1 to 65535)");
    assertThatThrownBy(() -> Parameters.of(request("web", new PortMapping("icmp", 80, 1, ""))))
        .isInstanceOf(RuntimeFault.class)
        .hasMessage("port protocol: 'icmp' (expected: tcp, udp or sctp)");
  }

  private static Parameters detailed(Map<String, String> annotations) {
    var dns = new Attach.Dns(List.of("10.0.0.10"), List.of("svc"), List.of("ndots:5"));
    var details = new Attach.Details(dns, annotations, "/kubepods/podx");
    return Parameters.of(
        new Attach(ID, "default", "web", "uid-1", Path.of("/run/ns/net"), List.of(), details));
  }

  @Test
  void pluginsThatAskAreToldOfResolverGroupAndAnnotations() {
    // When
    var pod = detailed(Map.of("b", "2", "a", "1"));

    // Then
    assertThat(pod.capabilities())
        .hasToString(
            "{\"dns\":{\"servers\":[\"10.0.0.10\"],\"searches\":[\"svc\"],\"options\":[\"ndots:5\"]},"
                + "\"cgroupPath\":\"/kubepods/podx\","
                + "\"io.kubernetes.cri.pod-annotations\":{\"a\":\"1\",\"b\":\"2\"}}");
  }

  @ParameterizedTest
  @CsvSource({
    "10M,10000000",
    "1Mi,1048576",
    "1.5k,1500",
    "2000,2000",
    "1e6,1000000",
    "1P,1000000000000000"
  })
  void bandwidthIsReadAsKubernetesWritesIt(String quantity, long bits) {
    // When
    var pod = detailed(Map.of("kubernetes.io/ingress-bandwidth", quantity));

    // Then
    assertThat(pod.capabilities().path("bandwidth"))
        .hasToString("{\"ingressRate\":" + bits + ",\"ingressBurst\":4294967295}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fast", "-1M", "999", "2P", "1e99", "10MB"})
  void bandwidthThatCannotBeIsRefusedByTheNameOfItsAnnotation(String quantity) {
    assertThatThrownBy(() -> detailed(Map.of("kubernetes.io/egress-bandwidth", quantity)))
        .isInstanceOf(RuntimeFault.class)
        .hasMessage(
            "annotation kubernetes.io/egress-bandwidth: '"
                + quantity
                + "' (expected: a quantity from 1k to 1P, such as 10M)");
  }
}
