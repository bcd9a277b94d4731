package io.gantry.config;

/**
 * Every key of the configuration. docs/operate/config.md has the same table.
 *
 * <p>A key can be set in the file ({@code cri: {socket: …}}), in the environment ({@code
 * GANTRY_CRI_SOCKET}) and by a flag ({@code --set cri.socket=…}); the later of these wins.
 */
public enum Key {
  ROOT("root", Form.PATH, "/var/lib/gantry", "what must survive a reboot: layers, images, records"),
  RUN("run", Form.PATH, "/run/gantry", "what must not: pins, bundles, mounts, sockets; on a tmpfs"),
  CRI_SOCKET("cri.socket", Form.PATH, "/run/gantry/gantry.sock", "where the kubelet connects"),
  CRI_EXEC_OUTPUT_MIB(
      "cri.exec-output-mib",
      Form.MEBIBYTES,
      "32",
      "output of ExecSyncs that may be in memory, all together; what finds no room is cut"),
  REGISTRY_HOSTS(
      "registry.hosts",
      Form.PATH,
      "/etc/gantry/certs.d",
      "a folder of <host>/hosts.toml, as containerd's certs.d"),
  REGISTRY_STALL_SECONDS(
      "registry.stall-seconds",
      Form.SECONDS,
      "30",
      "a transfer that brings nothing for so long has failed"),
  REGISTRY_AUTH_FILE(
      "registry.auth-file",
      Form.PATH_OR_NONE,
      "",
      "credentials for pulls that bring none, as Docker's config.json; read anew at each pull"),
  IMAGES_LAYERS_AT_ONCE(
      "images.layers-at-once",
      Form.COUNT,
      "3",
      "layers of one image that are fetched side by side"),
  IMAGES_KEEP_BLOBS(
      "images.keep-blobs",
      Form.SWITCH,
      "false",
      "layers are kept as they came too: more disk, and images can be exported"),
  IMAGES_PINNED(
      "images.pinned",
      Form.NAMES,
      "",
      "full names of images that the kubelet is told to keep; * stands for any characters"),
  CNI_CONF_DIR(
      "cni.conf-dir", Form.PATH, "/etc/cni/net.d", "the first file here is the pod network"),
  CNI_BIN_DIRS(
      "cni.bin-dirs", Form.PATHS, "/opt/cni/bin,/usr/lib/cni", "where CNI plugins are looked for"),
  CNI_ATTACH_SECONDS(
      "cni.attach-seconds",
      Form.SECONDS,
      "60",
      "a plugin that has not attached a pod by then is killed"),
  CNI_DETACH_SECONDS(
      "cni.detach-seconds",
      Form.SECONDS,
      "30",
      "plugins that have not detached a pod by then go on in the background"),
  CNI_DEFAULT_BRIDGE_ENABLED(
      "cni.default-bridge.enabled",
      Form.SWITCH,
      "false",
      "a bridge is the pod network while the folder has no configuration"),
  CNI_DEFAULT_BRIDGE_NAME(
      "cni.default-bridge.name", Form.DEVICE, "gantry0", "the device of that bridge"),
  CNI_DEFAULT_BRIDGE_SUBNETS(
      "cni.default-bridge.subnets",
      Form.SUBNETS,
      "10.85.0.0/16",
      "where that bridge takes addresses from: IPv4, IPv6, or one of each"),
  CDI_FOLDERS(
      "cdi.folders",
      Form.PATHS,
      "/etc/cdi,/var/run/cdi",
      "where CDI files describe devices; a later folder comes before an earlier one"),
  CGROUP_DRIVER(
      "cgroup.driver",
      Form.CGROUP_DRIVER,
      "auto",
      "who makes control groups, as the kubelet is told: cgroupfs, systemd, or systemd where it is"
          + " process 1 on cgroup v2 (auto)"),
  STREAMING_LISTEN(
      "streaming.listen",
      Form.ADDRESS,
      "127.0.0.1:0",
      "where exec, attach and port-forward are served; port 0 is any free one"),
  STREAMING_ADVERTISED(
      "streaming.advertised",
      Form.URL,
      "",
      "what the URLs of streams begin with; empty: the address that is listened on"),
  STREAMING_IDLE_SECONDS(
      "streaming.idle-seconds",
      Form.SECONDS,
      "14400",
      "a session on which nothing moves for so long is closed"),
  STREAMING_CREATION_SECONDS(
      "streaming.creation-seconds",
      Form.SECONDS,
      "30",
      "what a client gets to ask for an upgrade, and then to open its streams"),
  STREAMING_TLS_CERTIFICATE(
      "streaming.tls.certificate",
      Form.CERTIFICATE,
      "",
      "a PEM file with the server's chain, or self-signed; empty: plain HTTP"),
  STREAMING_TLS_KEY(
      "streaming.tls.key", Form.PATH_OR_NONE, "", "a PEM file with the key of that certificate"),
  STREAMING_TLS_CLIENT_CA(
      "streaming.tls.client-ca",
      Form.PATH_OR_NONE,
      "",
      "a PEM file: who must have signed the certificates of clients; empty: they need none"),
  API_SOCKET(
      "api.socket",
      Form.PATH,
      "/run/gantry/api.sock",
      "where the REST API is served, and the gantry command asks"),
  API_LISTEN(
      "api.listen",
      Form.ADDRESS,
      "",
      "where the REST API is served over TCP besides, with TLS and tokens or client certificates"),
  API_TLS_CERTIFICATE(
      "api.tls.certificate",
      Form.CERTIFICATE,
      "self-signed",
      "a PEM file with the chain of that server, or self-signed"),
  API_TLS_KEY("api.tls.key", Form.PATH_OR_NONE, "", "a PEM file with the key of that certificate"),
  API_TLS_CLIENT_CA(
      "api.tls.client-ca",
      Form.PATH_OR_NONE,
      "",
      "a PEM file: who signs the certificates that clients may come with; empty: only tokens"),
  API_TLS_CLIENT_ROLES(
      "api.tls.client-roles",
      Form.ROLES,
      "",
      "what the common names of those certificates may do: name=view, operate or admin; * for any"),
  API_ANONYMOUS_ROLE(
      "api.anonymous-role",
      Form.ROLE_OR_NONE,
      "",
      "what everybody may do at api.listen who has neither; only on a loopback address"),
  METRICS_LISTEN("metrics.listen", Form.ADDRESS, "127.0.0.1:9477", "where Prometheus scrapes"),
  SANDBOX_DEFAULT_SYSCTLS(
      "sandbox.default-sysctls",
      Form.SWITCH,
      "true",
      "whether every user in a pod may open ports below 1024 and ping"),
  SELINUX_ENABLED(
      "selinux.enabled",
      Form.AUTO_OR_SWITCH,
      "auto",
      "whether containers get SELinux labels: true, false, or where the host has SELinux and its"
          + " policy knows containers (auto)"),
  CONTAINERS_RLIMITS(
      "containers.rlimits",
      Form.RLIMITS,
      "",
      "limits of containers' processes, such as nofile=65536:1048576 or core=0; nofile is the"
          + " daemon's own unless it is here"),
  HANDLERS_DEFAULT(
      "handlers.default",
      Form.WORD,
      "",
      "the handler of pods that name none; empty: the first found"),
  HANDLERS_DROP_INS(
      "handlers.drop-ins",
      Form.PATH,
      "/etc/gantry/handlers.d",
      "a folder of handlers more: each NAME.yaml in it is one"),
  LOG_FORMAT("log.format", Form.LOG_FORMAT, "text", "text or json"),
  LOG_LEVEL("log.level", Form.LOG_LEVEL, "info", "error, warn, info, debug or trace");

  private final String path;
  private final Form form;
  private final String standard;
  private final String meaning;

  Key(String path, Form form, String standard, String meaning) {
    this.path = path;
    this.form = form;
    this.standard = standard;
    this.meaning = meaning;
  }

  /** As written in the file, with dots for nesting. */
  public String path() {
    return path;
  }

  /** The environment variable that overrides the file. */
  public String variable() {
    return "GANTRY_" + path.toUpperCase(java.util.Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** The value of an empty configuration. */
  public String standard() {
    return standard;
  }

  public String meaning() {
    return meaning;
  }

  Form form() {
    return form;
  }
}
