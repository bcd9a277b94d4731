package io.gantry.shim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.driver.Documents;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.gantry.shim.proto.BootstrapParams;
import io.gantry.shim.proto.BootstrapResult;
import io.gantry.shim.proto.RuntimeInfo;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The command line of a shim's binary. There are three generations of {@code start}:
 *
 * <pre>
 *                    standard input          standard output
 *   up to 1.7        nothing                 unix:///run/containerd/s/…
 *   2.0 to 2.2       nothing                 {"version":3,"address":"unix://…","protocol":"ttrpc"}
 *   from 2.3 on      BootstrapParams, or     BootstrapResult
 *                    nothing for now
 * </pre>
 *
 * The older ones refuse parameters that they cannot read, and the newer ones will refuse to have
 * none: so it begins with none, and goes on with what the binary wanted.
 */
final class Binary {
  /** The namespace of what Kubernetes runs below containerd: some shims make it part of paths. */
  static final String NAMESPACE = "k8s.io";

  private static final String DEPRECATED = "deprecated";
  private static final String SCHEME = "unix://";
  private static final int SOCKET_PATH_BYTES_MAX = 107;
  private static final int OUTPUT_BYTES_MAX = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Host host;
  private final ShimConfig config;
  private volatile boolean wantsParameters;

  Binary(Host host, ShimConfig config) {
    this.host = host;
    this.config = config;
  }

  /** Where a shim listens, as its binary said. */
  record Started(Path socket, int version) {}

  /**
   * Starts a shim, or finds the one that takes this container too.
   *
   * @param directory a bundle: it holds at least the annotations, and the FIFO of the log, which
   *     somebody has open
   */
  Future<Started> start(Call call, String id, Path directory) {
    return run(call, id, directory, wantsParameters)
        .recover(
            cause -> {
              var words = String.valueOf(cause.getMessage());
              if (wantsParameters || !words.contains(DEPRECATED)) {
                return Future.failedFuture(cause);
              }
              wantsParameters = true;
              return run(call, id, directory, true);
            })
        .map(output -> parsed(output.stdout()));
  }

  private Future<Output> run(Call call, String id, Path directory, boolean parameters) {
    var input = parameters ? Buffer.buffer(parameters(id).toByteArray()) : Buffer.buffer();
    return said(call, "start", command(id, directory, List.of(), "start"), input);
  }

  private BootstrapParams parameters(String id) {
    return BootstrapParams.newBuilder()
        .setInstanceId(id)
        .setNamespace(NAMESPACE)
        .setContainerdTtrpcAddress(events())
        .setContainerdGrpcAddress(events())
        .setContainerdBinary(publisher())
        .build();
  }

  /** Clears what a dead shim has left of a container. What it prints of an exit is made up. */
  Future<Void> delete(Call call, String id, Path directory) {
    var arguments = List.of("-bundle", directory.toString());
    return said(call, "delete", command(id, directory, arguments, "delete"), Buffer.buffer())
        .mapEmpty();
  }

  /** What a shim of containerd 2 or later says of itself; older ones do not know the option. */
  Future<RuntimeInfo> info(Call call, Any options) {
    var command = Command.of(config.binary(), List.of("-info"));
    return said(call, "-info", command, Buffer.buffer(options.toByteArray()))
        .map(output -> read(RuntimeInfo.parser(), output.stdout(), "-info"));
  }

  /** The first lines of what it prints of its version; empty if it prints none. */
  Future<List<String>> version(Call call) {
    var command = Command.of(config.binary(), List.of("-v"));
    return said(call, "-v", command, Buffer.buffer())
        .map(output -> output.stdout().toString().lines().limit(5).map(String::strip).toList());
  }

  private Future<Output> said(Call call, String verb, Command command, Buffer input) {
    var limit = call.remaining().filter(left -> left.compareTo(PATIENCE) < 0).orElse(PATIENCE);
    return host.processes()
        .run(call.within(limit), command, input, OUTPUT_BYTES_MAX)
        .compose(output -> Complaint.unlessDone(config.name() + " " + verb, output));
  }

  private Command command(String id, Path directory, List<String> more, String verb) {
    var arguments = new ArrayList<>(List.of("-namespace", NAMESPACE, "-address", events()));
    arguments.addAll(List.of("-publish-binary", publisher(), "-id", id));
    arguments.addAll(more);
    arguments.add(verb);
    var plain = Command.of(config.binary(), arguments);
    var environment = new HashMap<>(plain.environment());
    environment.putAll(
        Map.of(
            "TTRPC_ADDRESS",
            events(),
            "GRPC_ADDRESS",
            events(),
            "NAMESPACE",
            NAMESPACE,
            "MAX_SHIM_VERSION",
            String.valueOf(Endpoint.OLDEST), // as containerd says it, whatever it means by it
            "GOMAXPROCS",
            "2"));
    return plain.with(environment).in(directory);
  }

  /** The same for every container of a pod: shims make the name of their socket of it. */
  private String events() {
    return config.places().events().toString();
  }

  /**
   * Old shims run it for each event, where they find no socket, and those in Rust do not start
   * without: a program that does nothing.
   */
  private static String publisher() {
    return "/bin/true";
  }

  private Started parsed(Buffer output) {
    var first = output.length() == 0 ? 0 : output.getByte(0);
    return switch (first) {
      case '{' -> json(output);
      case 0x08, 0x12 -> {
        var result = read(BootstrapResult.parser(), output, "start");
        yield started(result.getAddress(), result.getProtocol(), result.getVersion());
      }
      default -> started(output.toString().strip(), "", Endpoint.OLDEST);
    };
  }

  private Started json(Buffer output) {
    try {
      var said = Documents.JSON.readTree(output.toString());
      return started(
          said.path("address").asText(""),
          said.path("protocol").asText(""),
          said.path("version").asInt(Endpoint.OLDEST));
    } catch (JsonProcessingException malformed) {
      throw RuntimeFault.internal(config.name() + " start: not JSON", malformed);
    }
  }

  private Started started(String address, String protocol, int version) {
    if (!protocol.isEmpty() && !protocol.equals("ttrpc")) {
      throw refused("protocol: '" + shown(protocol) + "' (expected: ttrpc)");
    }
    var path = Path.of(address.startsWith(SCHEME) ? address.substring(SCHEME.length()) : "");
    if (!path.isAbsolute() || path.toString().length() > SOCKET_PATH_BYTES_MAX) {
      throw refused("address: '" + shown(address) + "' (expected: unix:// and a path)");
    }
    if (version < Endpoint.OLDEST) {
      throw refused("version: " + version + " (expected: 2 or later)");
    }
    return new Started(path, Math.min(version, Endpoint.NEWEST));
  }

  private RuntimeFault refused(String why) {
    return RuntimeFault.precondition(config.name() + " start: " + why);
  }

  private static String shown(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }

  private <T extends MessageLite> T read(
      com.google.protobuf.Parser<T> parser, Buffer output, String verb) {
    try {
      return parser.parseFrom(output.getBytes());
    } catch (InvalidProtocolBufferException unreadable) {
      throw RuntimeFault.internal(config.name() + " " + verb + ": unreadable", unreadable);
    }
  }

  /** Whether the process of this pid is a shim of this driver: its word is checked. */
  static Optional<String> notOurs(List<String> arguments, Places places) {
    return arguments.contains(places.events().toString())
        ? Optional.empty()
        : Optional.of(String.join(" ", arguments));
  }
}
