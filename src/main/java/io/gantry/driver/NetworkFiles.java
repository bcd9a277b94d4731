package io.gantry.driver;

import io.gantry.runtime.PodUsage.Counters;
import io.gantry.runtime.PodUsage.Interface;
import io.gantry.runtime.PodUsage.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Network devices as /proc/net tells of them in the namespace of the thread that reads. */
final class NetworkFiles {
  /** Not that of the process: its first thread is in the host's namespace. */
  private static final Path NET = Path.of("/proc/thread-self/net");

  private static final int FIELDS_MIN = 12;
  private static final int SENT = 8;
  private static final String ANY_IPV4 = "00000000";
  private static final String ANY_IPV6 = "0".repeat(32);
  private static final int IPV6_INTERFACE = 9;
  private static final int IPV6_PREFIX = 1;

  private NetworkFiles() {}

  /** For a thread inside the namespace. */
  static Network read(Instant at) throws IOException {
    return parsed(at, text("dev"), text("route"), text("ipv6_route"));
  }

  private static String text(String file) throws IOException {
    try {
      return Files.readString(NET.resolve(file));
    } catch (NoSuchFileException notInThisKernel) {
      return "";
    }
  }

  static Network parsed(Instant at, String devices, String routes, String routesIpv6) {
    var interfaces = new ArrayList<Interface>();
    for (var line : devices.lines().toList()) {
      var colon = line.indexOf(':');
      var name = colon < 0 ? "" : line.substring(0, colon).strip();
      var fields = line.substring(colon + 1).strip().split(" +", -1);
      if (!name.isEmpty() && !name.equals("lo") && fields.length >= FIELDS_MIN) {
        interfaces.add(new Interface(name, counters(fields, 0), counters(fields, SENT)));
      }
    }
    return new Network(at, byDefault(routes, routesIpv6, interfaces), interfaces);
  }

  private static Counters counters(String[] fields, int from) {
    return new Counters(
        StatFile.parsed(fields[from]),
        StatFile.parsed(fields[from + 1]),
        StatFile.parsed(fields[from + 2]),
        StatFile.parsed(fields[from + 3]));
  }

  private static Optional<String> byDefault(
      String routes, String routesIpv6, List<Interface> interfaces) {
    var ipv4 =
        routes
            .lines()
            .map(line -> line.split("\t", -1))
            .filter(fields -> fields.length > 1 && fields[1].equals(ANY_IPV4))
            .map(fields -> fields[0].strip());
    var ipv6 =
        routesIpv6
            .lines()
            .map(line -> line.strip().split(" +", -1))
            .filter(fields -> fields.length > IPV6_INTERFACE)
            .filter(fields -> fields[0].equals(ANY_IPV6) && fields[IPV6_PREFIX].equals("00"))
            .map(fields -> fields[IPV6_INTERFACE]);
    return Stream.concat(ipv4, ipv6)
        .filter(name -> interfaces.stream().anyMatch(it -> it.name().equals(name)))
        .findFirst();
  }
}
