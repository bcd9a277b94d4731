package io.gantry.doctor;

import io.gantry.host.Host;
import io.gantry.network.Networks;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The pod network: its configuration, and the plugins that it names. */
final class NetworkChecks {
  private static final List<String> FILTERING = List.of("portmap", "firewall");

  private final Host host;
  private final KernelFiles files;
  private final List<Path> binDirs;
  private final Supplier<Future<Networks.Look>> network;

  NetworkChecks(
      Host host, KernelFiles files, List<Path> binDirs, Supplier<Future<Networks.Look>> network) {
    this.host = host;
    this.files = files;
    this.binDirs = binDirs;
    this.network = network;
  }

  Future<List<Finding>> all() {
    return network.get().compose(look -> host.disk().run(() -> findings(look)));
  }

  private List<Finding> findings(Networks.Look look) {
    var found = new ArrayList<Finding>();
    found.add(folders());
    found.add(configuration(look));
    look.description().skipped().forEach(it -> found.add(skipped(it)));
    if (look.description().plugins().stream().anyMatch(FILTERING::contains)) {
      found.add(filtering());
    }
    return found;
  }

  private Finding folders() {
    var why = "CNI plugins attach pods to the network";
    var there = binDirs.stream().filter(Files::isDirectory).map(Path::toString).toList();
    return there.isEmpty()
        ? Finding.broken(
            "cni plugins",
            "none of " + joined() + " is there",
            why,
            "install the reference plugins (the package containernetworking-plugins), or set cni.bin-dirs")
        : Finding.ok("cni plugins", "in " + String.join(", ", there), why);
  }

  private String joined() {
    return String.join(", ", binDirs.stream().map(Path::toString).toList());
  }

  private static Finding configuration(Networks.Look look) {
    var why = "without a pod network the node is not ready";
    var network = look.description();
    return look.notReady()
        .map(
            it ->
                Finding.broken(
                    "cni network",
                    it,
                    why,
                    "let the network add-on write its configuration into cni.conf-dir and install its plugins in one of cni.bin-dirs"))
        .orElseGet(
            () ->
                Finding.ok(
                    "cni network",
                    "%s of %s: %s"
                        .formatted(
                            network.name(),
                            network.file().isEmpty() ? "cni.default-bridge" : network.file(),
                            String.join(", ", network.plugins())),
                    why));
  }

  private static Finding skipped(String file) {
    return Finding.warning(
        "cni configuration", file, "a file that is not valid is passed over", "mend or delete it");
  }

  private Finding filtering() {
    var why = "the plugins portmap and firewall of this network call it";
    return Stream.of("usr/sbin", "sbin", "usr/bin", "usr/local/sbin")
            .anyMatch(it -> files.has(it + "/iptables") || files.has(it + "/nft"))
        ? Finding.ok("packet filter", "there", why)
        : Finding.warning(
            "packet filter",
            "neither iptables nor nft is installed",
            why + "; host ports do not work",
            "install the package iptables");
  }
}
