package io.gantry.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Processes.Output;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What plugins say, in the results and errors of every version from 0.1 to 1.1. */
final class PluginOutput {
  private static final int SHOWN_CHARS_MAX = 1_000;

  private PluginOutput() {}

  /** The result of an ADD, with the version filled in that the chain speaks. */
  static ObjectNode result(Invocation run, Output output) {
    try {
      var result = CniJson.object(output.stdout().getBytes());
      if (!result.path("cniVersion").isTextual()) {
        result.put("cniVersion", run.chain().cniVersion());
      }
      return result;
    } catch (RuntimeFault fault) {
      throw malformed(run.what(), String.valueOf(fault.getMessage()));
    }
  }

  /** Why a plugin failed: by its error object, else by the end of what it printed. */
  static RuntimeFault refusal(Invocation run, Output output) {
    return RuntimeFault.unavailable(run.what() + ": " + reason(output), null);
  }

  private static String reason(Output output) {
    try {
      var error = CniJson.object(output.stdout().getBytes());
      var message = error.path("msg").asText();
      var details = error.path("details").asText();
      if (!message.isBlank()) {
        return "%s (code %d)"
            .formatted(
                shown(details.isBlank() ? message : message + ": " + details),
                error.path("code").asLong(output.exitCode()));
      }
    } catch (RuntimeFault _) {
      // Not an error object: a plugin that crashed says why on its standard error.
    }
    var printed = output.stderr().length() > 0 ? output.stderr() : output.stdout();
    var text = shown(new String(printed.getBytes(), StandardCharsets.UTF_8));
    return "exit code " + output.exitCode() + (text.isEmpty() ? "" : ": " + text);
  }

  /**
   * The addresses of the pod in a result: those of no interface or of one inside the pod, in the
   * order of the result. Versions before 0.3 have one of each family.
   */
  static List<String> addresses(Chain chain, ObjectNode result) {
    var network = "network " + chain.network();
    var addresses = new ArrayList<String>();
    for (var ip : result.path("ips")) {
      if (insidePod(result, ip)) {
        addresses.add(address(network, ip.path("address")));
      }
    }
    for (var family : List.of("ip4", "ip6")) {
      if (result.path(family).has("ip")) {
        addresses.add(address(network, result.path(family).path("ip")));
      }
    }
    if (addresses.isEmpty()) {
      throw malformed(network, "no address for the pod");
    }
    return addresses;
  }

  private static boolean insidePod(ObjectNode result, JsonNode ip) {
    if (!ip.path("interface").isIntegralNumber()) {
      return true;
    }
    var owner = result.path("interfaces").path(ip.path("interface").asInt());
    return owner.isMissingNode() || !owner.path("sandbox").asText().isEmpty();
  }

  private static String address(String network, JsonNode prefixed) {
    var text = prefixed.asText();
    var slash = text.indexOf('/');
    var address = slash < 0 ? text : text.substring(0, slash);
    if (!isLiteral(address)) {
      throw malformed(network, "address '" + shown(text) + "'");
    }
    return address;
  }

  private static boolean isLiteral(String address) {
    try {
      var _ = InetAddress.ofLiteral(address);
      // Java takes "17" for 0.0.0.17, as BSD did.
      return address.contains(":") || address.chars().filter(c -> c == '.').count() == 3;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static RuntimeFault malformed(String what, String problem) {
    return RuntimeFault.unavailable(
        what + ": malformed result: " + problem + " (expected: a CNI result)", null);
  }

  /** One line of bounded length: a fault ends up in an event. The end of a long text tells most. */
  private static String shown(String text) {
    var line = text.strip().replaceAll("\\p{Cntrl}+", " ");
    return line.length() <= SHOWN_CHARS_MAX
        ? line
        : "…" + line.substring(line.length() - SHOWN_CHARS_MAX);
  }
}
