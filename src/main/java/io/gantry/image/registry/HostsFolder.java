package io.gantry.image.registry;

import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The folder of hosts.toml files, and what holds for a host that has none. */
record HostsFolder(Path folder) {
  /** The endpoints that the folder names for {@code host}, if it does. Blocks. */
  Optional<List<Endpoint>> find(String host) {
    var file =
        names(host)
            .map(name -> folder.resolve(name).resolve("hosts.toml"))
            .filter(Files::exists)
            .findFirst();
    return file.map(found -> read(found, host));
  }

  private static List<Endpoint> read(Path file, String host) {
    try {
      return HostsFile.read(file, server("https", host));
    } catch (IOException failure) {
      throw new RuntimeFault(
          RuntimeFault.Kind.FAILED_PRECONDITION,
          file + ": " + failure.getClass().getSimpleName() + ": " + failure.getMessage(),
          failure);
    }
  }

  /** containerd's names for the folder of a host: a colon is written as {@code _port_}. */
  private static Stream<String> names(String host) {
    var colon = host.lastIndexOf(':');
    var spelled =
        colon < 0 || host.endsWith("]")
            ? Stream.<String>empty()
            : Stream.of(host.substring(0, colon) + "_" + host.substring(colon + 1) + "_");
    return Stream.concat(spelled, Stream.of(host, "_default"));
  }

  /** The server of a host that the folder does not mention. */
  static Endpoint unnamed(String scheme, String host, Tls tls) {
    var base = HostsFile.withVersion(server(scheme, host));
    return new Endpoint(base, Endpoint.ALL, tls, Map.of(), Optional.empty(), true);
  }

  private static URI server(String scheme, String host) {
    return URI.create(scheme + "://" + (host.equals("docker.io") ? "registry-1.docker.io" : host));
  }
}
