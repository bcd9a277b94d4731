package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.SandboxId;
import io.gantry.network.Attach.PortMapping;
import java.util.Set;
import java.util.TreeMap;

/**
 * What all plugins are told of one pod (CNI spec, section 3: attachment parameters), in an ADD and
 * in its DEL alike.
 *
 * @param args the CNI_ARGS
 * @param capabilities arguments for the plugins that declare the capability, by its name
 */
record Parameters(SandboxId id, String netns, String ifname, String args, ObjectNode capabilities) {
  private static final String INTERFACE = "eth0";
  private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");
  private static final int PORT_MAX = 65_535;

  static Parameters of(Attach request) {
    var args =
        String.join(
            ";",
            "IgnoreUnknown=1",
            "K8S_POD_NAMESPACE=" + plain("pod namespace", request.namespace()),
            "K8S_POD_NAME=" + plain("pod name", request.name()),
            "K8S_POD_INFRA_CONTAINER_ID=" + request.id(),
            "K8S_POD_UID=" + plain("pod uid", request.uid()));
    return new Parameters(
        request.id(), request.netns().toString(), INTERFACE, args, capabilities(request));
  }

  /** The pod of a request that can no longer be read: enough to free its address. */
  static Parameters bare(SandboxId id) {
    return new Parameters(id, "", INTERFACE, "", CniJson.empty());
  }

  /** CNI_ARGS has no quoting: a value must not be able to add a key of its own. */
  private static String plain(String what, String value) {
    if (value.chars().anyMatch(c -> c == ';' || c == '=' || Character.isISOControl(c))) {
      throw RuntimeFault.invalid(
          what + ": '" + value + "' (expected: no ';', no '=' and no control character)");
    }
    return value;
  }

  /** By the names that CNI's conventions give them, and those that plugins know of Kubernetes. */
  private static ObjectNode capabilities(Attach request) {
    var capabilities = CniJson.empty();
    var mapped = request.ports().stream().filter(port -> port.hostPort() != 0).toList();
    if (!mapped.isEmpty()) {
      var mappings = capabilities.putArray("portMappings");
      mapped.forEach(port -> mappings.add(mapping(port)));
    }
    var details = request.details();
    Bandwidth.of(details.annotations())
        .ifPresent(bandwidth -> capabilities.set("bandwidth", bandwidth.json()));
    if (!details.dns().isEmpty()) {
      capabilities.set("dns", dns(details.dns()));
    }
    if (!details.cgroupParent().isEmpty()) {
      capabilities.put("cgroupPath", details.cgroupParent());
    }
    if (!details.annotations().isEmpty()) {
      var annotations = capabilities.putObject("io.kubernetes.cri.pod-annotations");
      new TreeMap<>(details.annotations()).forEach(annotations::put);
    }
    return capabilities;
  }

  private static ObjectNode dns(Attach.Dns dns) {
    var json = CniJson.empty();
    dns.servers().forEach(json.putArray("servers")::add);
    dns.searches().forEach(json.putArray("searches")::add);
    dns.options().forEach(json.putArray("options")::add);
    return json;
  }

  private static ObjectNode mapping(PortMapping port) {
    if (!PROTOCOLS.contains(port.protocol())) {
      throw RuntimeFault.invalid(
          "port protocol: '" + port.protocol() + "' (expected: tcp, udp or sctp)");
    }
    var mapping =
        CniJson.empty()
            .put("hostPort", number("host port", port.hostPort()))
            .put("containerPort", number("container port", port.containerPort()))
            .put("protocol", port.protocol());
    return port.hostIp().isEmpty() ? mapping : mapping.put("hostIP", port.hostIp());
  }

  private static int number(String what, int port) {
    if (port < 1 || port > PORT_MAX) {
      throw RuntimeFault.invalid(what + ": " + port + " (expected: 1 to " + PORT_MAX + ")");
    }
    return port;
  }
}
