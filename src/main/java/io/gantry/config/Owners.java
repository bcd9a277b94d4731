package io.gantry.config;

import io.gantry.access.Role;
import io.gantry.api.ApiConfig;
import io.gantry.api.MetricsConfig;
import io.gantry.container.ContainersConfig;
import io.gantry.cri.CriConfig;
import io.gantry.errors.RuntimeFault;
import io.gantry.handler.HandlerConfig;
import io.gantry.handler.HandlersConfig;
import io.gantry.image.ImagesConfig;
import io.gantry.image.Pins;
import io.gantry.image.registry.Proxies;
import io.gantry.image.registry.RegistryConfig;
import io.gantry.network.DefaultBridge;
import io.gantry.network.NetworkConfig;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.BlockRoot;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.Overhead;
import io.gantry.sandbox.SandboxesConfig;
import io.gantry.security.SelinuxMode;
import io.gantry.shim.ShimOptions;
import io.gantry.streaming.StreamingConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A configuration as the records of those who own its parts. */
public final class Owners {
  private static final Duration DRAIN = Duration.ofSeconds(5);
  private static final String SELF_SIGNED = "self-signed";
  private static final String SPACE = "rootfs-space-mib";

  private final Configuration configuration;

  private Owners(Configuration configuration) {
    this.configuration = configuration;
  }

  public static Owners of(Configuration configuration) {
    return new Owners(configuration);
  }

  public Path root() {
    return path(Key.ROOT);
  }

  public Path run() {
    return path(Key.RUN);
  }

  public CriConfig cri() {
    return new CriConfig(
        path(Key.CRI_SOCKET),
        CriConfig.MESSAGE_BYTES_MAX,
        DRAIN,
        (long) number(Key.CRI_EXEC_OUTPUT_MIB) << 20);
  }

  public ApiConfig api() {
    return new ApiConfig(path(Key.API_SOCKET), given(Key.API_LISTEN).map(this::apiTcp));
  }

  private ApiConfig.Tcp apiTcp(String listen) {
    var certificate = configuration.text(Key.API_TLS_CERTIFICATE);
    var key = given(Key.API_TLS_KEY);
    var ownCertificate = !certificate.equals(SELF_SIGNED);
    if (certificate.isEmpty()) {
      throw RuntimeFault.invalid(
          "api.tls.certificate: '' (expected: a file or self-signed: TCP is always encrypted)");
    }
    if (key.isPresent() != ownCertificate) {
      throw RuntimeFault.invalid(
          "api.tls.key: '"
              + key.orElse("")
              + "' (expected: the key of a certificate that is a file)");
    }
    var roles = new LinkedHashMap<String, Role>();
    for (var one : words(Key.API_TLS_CLIENT_ROLES)) {
      var equals = one.lastIndexOf('=');
      roles.put(one.substring(0, equals), Role.of(one.substring(equals + 1)));
    }
    var colon = listen.lastIndexOf(':');
    return new ApiConfig.Tcp(
        bare(listen.substring(0, colon)),
        Integer.parseInt(listen.substring(colon + 1)),
        key.map(file -> new ApiConfig.Certificate(Path.of(certificate), Path.of(file))),
        given(Key.API_TLS_CLIENT_CA).map(Path::of),
        roles,
        given(Key.API_ANONYMOUS_ROLE).map(Role::of));
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  public RegistryConfig registry() {
    var authFile = configuration.text(Key.REGISTRY_AUTH_FILE);
    return new RegistryConfig(
        path(Key.REGISTRY_HOSTS),
        authFile.isEmpty() ? Optional.empty() : Optional.of(path(Key.REGISTRY_AUTH_FILE)),
        Duration.ofSeconds(number(Key.REGISTRY_STALL_SECONDS)),
        RegistryConfig.CONNECT_TIMEOUT,
        Proxies.from(configuration.proxies()));
  }

  public ImagesConfig images() {
    return ImagesConfig.under(root())
        .layersAtOnce(number(Key.IMAGES_LAYERS_AT_ONCE))
        .keepBlobs(Boolean.parseBoolean(configuration.text(Key.IMAGES_KEEP_BLOBS)))
        .pins(new Pins(words(Key.IMAGES_PINNED)));
  }

  public SandboxesConfig sandboxes() {
    return new SandboxesConfig(
        run(), Boolean.parseBoolean(configuration.text(Key.SANDBOX_DEFAULT_SYSCTLS)));
  }

  public SelinuxMode selinux() {
    return switch (configuration.text(Key.SELINUX_ENABLED)) {
      case "true" -> SelinuxMode.REQUIRED;
      case "false" -> SelinuxMode.OFF;
      default -> SelinuxMode.AUTO;
    };
  }

  public ContainersConfig containers() {
    return new ContainersConfig(
        root(), run(), ContainersConfig.rlimits(configuration.text(Key.CONTAINERS_RLIMITS)));
  }

  public NetworkConfig network() {
    return new NetworkConfig(
        path(Key.CNI_CONF_DIR),
        list(Key.CNI_BIN_DIRS).stream().map(Path::of).toList(),
        root().resolve("networks"),
        Duration.ofSeconds(number(Key.CNI_ATTACH_SECONDS)),
        Duration.ofSeconds(number(Key.CNI_DETACH_SECONDS)),
        defaultBridge());
  }

  private Optional<DefaultBridge> defaultBridge() {
    return Boolean.parseBoolean(configuration.text(Key.CNI_DEFAULT_BRIDGE_ENABLED))
        ? Optional.of(
            new DefaultBridge(
                configuration.text(Key.CNI_DEFAULT_BRIDGE_NAME),
                list(Key.CNI_DEFAULT_BRIDGE_SUBNETS)))
        : Optional.empty();
  }

  private List<String> list(Key key) {
    return List.of(configuration.text(key).split(",", -1));
  }

  /** Where devices are described, in rising order of what counts. */
  public List<Path> cdiFolders() {
    return list(Key.CDI_FOLDERS).stream().map(Path::of).toList();
  }

  public MetricsConfig metrics() {
    var text = configuration.text(Key.METRICS_LISTEN);
    if (text.isEmpty()) {
      return new MetricsConfig(Optional.empty(), 0);
    }
    var colon = text.lastIndexOf(':');
    return new MetricsConfig(
        Optional.of(bare(text.substring(0, colon))), Integer.parseInt(text.substring(colon + 1)));
  }

  /** Empty: whichever fits the host. */
  public Optional<CgroupDriver> cgroupDriver() {
    return switch (configuration.text(Key.CGROUP_DRIVER)) {
      case "cgroupfs" -> Optional.of(CgroupDriver.CGROUPFS);
      case "systemd" -> Optional.of(CgroupDriver.SYSTEMD);
      default -> Optional.empty();
    };
  }

  /** Empty: nothing is streamed. */
  public Optional<StreamingConfig> streaming() {
    var text = configuration.text(Key.STREAMING_LISTEN);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    var colon = text.lastIndexOf(':');
    var standard = StreamingConfig.defaults();
    return Optional.of(
        new StreamingConfig(
            text.substring(0, colon),
            Integer.parseInt(text.substring(colon + 1)),
            given(Key.STREAMING_ADVERTISED).map(URI::create),
            tls(),
            Duration.ofSeconds(number(Key.STREAMING_IDLE_SECONDS)),
            Duration.ofSeconds(number(Key.STREAMING_CREATION_SECONDS)),
            standard.urlLife(),
            standard.inFlightMax()));
  }

  private Optional<StreamingConfig.Tls> tls() {
    var certificate = given(Key.STREAMING_TLS_CERTIFICATE);
    var key = given(Key.STREAMING_TLS_KEY);
    var clientCa = given(Key.STREAMING_TLS_CLIENT_CA);
    var selfSigned = certificate.filter(SELF_SIGNED::equals).isPresent();
    if (certificate.isEmpty() && clientCa.isPresent()) {
      throw RuntimeFault.invalid(
          "streaming.tls.client-ca: '" + clientCa.get() + "' (expected: a certificate besides)");
    }
    if (key.isPresent() != (certificate.isPresent() && !selfSigned)) {
      throw RuntimeFault.invalid(
          "streaming.tls.key: '"
              + key.orElse("")
              + "' (expected: the key of a certificate that is a file)");
    }
    return certificate.map(
        chain ->
            new StreamingConfig.Tls(
                key.map(file -> new StreamingConfig.Certificate(Path.of(chain), Path.of(file))),
                clientCa.map(Path::of)));
  }

  public HandlersConfig handlers() {
    var byName = new TreeMap<String, Map<String, String>>();
    configuration
        .handlers()
        .forEach(
            (path, text) -> {
              var dot = path.indexOf('.');
              byName
                  .computeIfAbsent(path.substring(0, dot), _ -> new TreeMap<>())
                  .put(path.substring(dot + 1), text);
            });
    return new HandlersConfig(
        configuration.text(Key.HANDLERS_DEFAULT),
        handlers(byName),
        handlers(configuration.dropIns()),
        HandlersConfig.USUAL_PATH);
  }

  private static Map<String, HandlerConfig> handlers(Map<String, Map<String, String>> byName) {
    var handlers = new TreeMap<String, HandlerConfig>();
    byName.forEach((name, fields) -> handlers.put(name, handler(name, fields)));
    return handlers;
  }

  /** Where each {@code NAME.yaml} is a handler. */
  public Path handlerDropIns() {
    return path(Key.HANDLERS_DROP_INS);
  }

  private static HandlerConfig handler(String name, Map<String, String> fields) {
    var left = new TreeMap<>(fields);
    var driver = Optional.ofNullable(left.remove("driver")).orElse("oci");
    var binary = Optional.ofNullable(left.remove("binary")).filter(it -> !it.isEmpty());
    var type = Optional.ofNullable(left.remove("type"));
    var options = list(left.remove("options"));
    var rule =
        new AnnotationRule(
            Set.copyOf(list(left.remove("allowed-annotations"))),
            pairs(name, list(left.remove("annotations"))));
    var overhead =
        new Overhead(
            amount(name, "overhead-memory-mib", left) << 20,
            amount(name, "overhead-cpu-millis", left));
    var blockRoot = blockRoot(name, left);
    if (!left.isEmpty()) {
      throw RuntimeFault.invalid(
          "handlers."
              + name
              + "."
              + left.firstKey()
              + ": unknown key (expected: driver, binary, type, options, annotations,"
              + " allowed-annotations, overhead-memory-mib, overhead-cpu-millis, rootfs or"
              + " rootfs-space-mib)");
    }
    return switch (driver) {
      case "oci" -> {
        if (type.isPresent()) {
          throw RuntimeFault.invalid(
              "handlers." + name + ".type: " + type.get() + " (expected: none with driver oci)");
        }
        if (blockRoot.isPresent()) {
          throw RuntimeFault.invalid(
              "handlers." + name + ".rootfs: block (expected: mount with driver oci)");
        }
        yield new HandlerConfig(
            HandlerConfig.Driver.OCI, binary.orElse(name), options, Map.of(), rule, overhead);
      }
      case "shim" -> {
        var shim = shim(name, binary, type);
        // what no shim can be told is refused here already
        ShimOptions.parse(shim.substring(shim.lastIndexOf('/') + 1), options);
        yield new HandlerConfig(
            HandlerConfig.Driver.SHIM, shim, options, Map.of(), rule, overhead, blockRoot);
      }
      default ->
          throw RuntimeFault.invalid(
              "handlers." + name + ".driver: '" + driver + "' (expected: oci or shim)");
    };
  }

  /** Empty where roots are directories. */
  private static Optional<BlockRoot> blockRoot(String name, Map<String, String> fields) {
    var kind = Optional.ofNullable(fields.remove("rootfs")).orElse("mount");
    var spaced = fields.containsKey(SPACE);
    var space = amount(name, SPACE, fields) << 20;
    return switch (kind) {
      case "mount" -> {
        if (spaced) {
          throw RuntimeFault.invalid(
              "handlers." + name + "." + SPACE + " (expected: none without rootfs: block)");
        }
        yield Optional.empty();
      }
      case "block" -> {
        if (spaced && space == 0) {
          throw RuntimeFault.invalid(
              "handlers." + name + "." + SPACE + ": '0' (expected: 1 to 9999999)");
        }
        yield Optional.of(spaced ? new BlockRoot(space) : BlockRoot.STANDARD);
      }
      default ->
          throw RuntimeFault.invalid(
              "handlers." + name + ".rootfs: '" + kind + "' (expected: mount or block)");
    };
  }

  /** 0 if the key is not given. */
  private static long amount(String handler, String key, Map<String, String> fields) {
    var text = Optional.ofNullable(fields.remove(key)).orElse("0");
    if (!text.matches("[0-9]{1,7}")) {
      throw RuntimeFault.invalid(
          "handlers." + handler + "." + key + ": '" + text + "' (expected: 0 to 9999999)");
    }
    return Long.parseLong(text);
  }

  /** A shim has a type, as containerd calls it, or a binary. */
  private static String shim(String name, Optional<String> binary, Optional<String> type) {
    if (binary.isPresent() == type.isPresent()) {
      throw RuntimeFault.invalid(
          "handlers."
              + name
              + ": "
              + (type.isPresent() ? "both type and binary" : "neither type nor binary")
              + " (expected: one of them with driver shim)");
    }
    return type.map(HandlerConfig::shimOf).orElseGet(binary::orElseThrow);
  }

  private static List<String> list(@Nullable String text) {
    return text == null || text.isEmpty() ? List.of() : List.of(text.split(",", -1));
  }

  private static Map<String, String> pairs(String handler, List<String> texts) {
    var pairs = new TreeMap<String, String>();
    for (var text : texts) {
      var equals = text.indexOf('=');
      if (equals < 1) {
        throw RuntimeFault.invalid(
            "handlers." + handler + ".annotations: '" + text + "' (expected: NAME=VALUE)");
      }
      pairs.put(text.substring(0, equals), text.substring(equals + 1));
    }
    return pairs;
  }

  /** The value of a key that may be empty. */
  private Optional<String> given(Key key) {
    return Optional.of(configuration.text(key)).filter(text -> !text.isEmpty());
  }

  private Path path(Key key) {
    return Path.of(configuration.text(key)).normalize();
  }

  private List<String> words(Key key) {
    return Arrays.stream(configuration.text(key).split(",", -1))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private int number(Key key) {
    return Integer.parseInt(configuration.text(key));
  }
}
