package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import java.net.InetAddress;
import java.util.List;

/**
 * A network for a node whose operator brings none: a bridge, addresses by host-local, and host
 * ports. Only taken while the directory of configurations has no configuration at all.
 *
 * @param bridge the name of its device
 * @param subnets of IPv4, of IPv6 or one of each
 * @param moves whether the device gives up another address that it had: its subnets may change
 */
public record DefaultBridge(String bridge, List<String> subnets, boolean moves) {
  private static final String NETWORK = "gantry-default";

  /** What the plugins of every distribution in use speak. */
  private static final String CNI_VERSION = "1.0.0";

  private static final int DEVICE_NAME_CHARS_MAX = 15;

  public DefaultBridge {
    subnets = List.copyOf(subnets);
    if (!bridge.matches("[A-Za-z0-9][A-Za-z0-9_.-]*") || bridge.length() > DEVICE_NAME_CHARS_MAX) {
      throw RuntimeFault.invalid(
          "default bridge: '"
              + bridge
              + "' (expected: the name of a device, 15 characters at most)");
    }
    if (subnets.isEmpty()) {
      throw RuntimeFault.invalid("default bridge: no subnet (expected: at least one)");
    }
    subnets.forEach(DefaultBridge::checkSubnet);
  }

  /** Of subnets that stay what they are. */
  public DefaultBridge(String bridge, List<String> subnets) {
    this(bridge, subnets, false);
  }

  /** The same device with other subnets. */
  DefaultBridge within(List<String> others) {
    return new DefaultBridge(bridge, others, true);
  }

  private static void checkSubnet(String subnet) {
    if (!isSubnet(subnet)) {
      throw RuntimeFault.invalid(
          "default bridge: subnet '"
              + subnet
              + "' (expected: such as 10.85.0.0/16 or fd00:85::/64)");
    }
  }

  /** Whether the text is an address and the length of a prefix with room for pods. */
  public static boolean isSubnet(String text) {
    var parts = text.split("/", -1);
    if (parts.length != 2 || !parts[1].matches("[0-9]{1,3}")) {
      return false;
    }
    try {
      var bits = InetAddress.ofLiteral(parts[0]).getAddress().length * 8;
      var prefix = Integer.parseInt(parts[1]);
      // Java takes "17" for 0.0.0.17, as BSD did.
      return (parts[0].contains(":") || parts[0].matches("[0-9.]+\\.[0-9.]+\\.[0-9.]+"))
          && prefix >= 8
          && prefix <= bits - 3;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** The network as a configuration file would describe it. */
  Chain chain() {
    return new Chain(NETWORK, CNI_VERSION, List.of(bridgePlugin(), portmap()));
  }

  private ObjectNode bridgePlugin() {
    var plugin =
        CniJson.empty()
            .put("type", "bridge")
            .put("bridge", bridge)
            .put("isGateway", true)
            .put("ipMasq", true)
            .put("hairpinMode", true);
    if (moves) {
      plugin.put("forceAddress", true);
    }
    var ipam = plugin.putObject("ipam").put("type", "host-local");
    var ranges = ipam.putArray("ranges");
    var routes = ipam.putArray("routes");
    for (var subnet : subnets) {
      ranges.addArray().addObject().put("subnet", subnet);
      routes.addObject().put("dst", subnet.contains(":") ? "::/0" : "0.0.0.0/0");
    }
    return plugin;
  }

  private static ObjectNode portmap() {
    var plugin = CniJson.empty().put("type", "portmap").put("snat", true);
    plugin.putObject("capabilities").put("portMappings", true);
    return plugin;
  }
}
