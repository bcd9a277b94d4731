package io.gantry.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The OCI runtime configuration, {@code config.json} (runtime-spec, config.md): as much of it as
 * Gantry writes. Names are the specification's. An absent value is null or empty and is left out.
 */
@JsonInclude(Include.NON_EMPTY)
public record RuntimeSpec(
    String ociVersion,
    Process process,
    @Nullable Root root,
    @Nullable String hostname,
    List<Mount> mounts,
    Map<String, String> annotations,
    Linux linux,
    @Nullable Hooks hooks) {

  /**
   * The oldest version that has what Gantry writes: crun 1.8 refuses a document that says it is
   * newer than 1.0.x.
   */
  public static final String VERSION = "1.0.2";

  public RuntimeSpec {
    mounts = list(mounts);
    annotations = map(annotations);
  }

  /** Without hooks. */
  public RuntimeSpec(
      String ociVersion,
      Process process,
      @Nullable Root root,
      @Nullable String hostname,
      List<Mount> mounts,
      Map<String, String> annotations,
      Linux linux) {
    this(ociVersion, process, root, hostname, mounts, annotations, linux, null);
  }

  public RuntimeSpec withRoot(Root root) {
    return new RuntimeSpec(ociVersion, process, root, hostname, mounts, annotations, linux, hooks);
  }

  /**
   * Programs of the host that a runtime runs at points of a container's life (config.md, Hooks).
   */
  @JsonInclude(Include.NON_EMPTY)
  public record Hooks(
      List<Hook> prestart,
      List<Hook> createRuntime,
      List<Hook> createContainer,
      List<Hook> startContainer,
      List<Hook> poststart,
      List<Hook> poststop) {
    public Hooks {
      prestart = list(prestart);
      createRuntime = list(createRuntime);
      createContainer = list(createContainer);
      startContainer = list(startContainer);
      poststart = list(poststart);
      poststop = list(poststop);
    }
  }

  /**
   * One of them.
   *
   * @param args its whole argument vector, the program's name first; empty for the path alone
   * @param timeout seconds until it is given up; null for none
   */
  @JsonInclude(Include.NON_EMPTY)
  public record Hook(String path, List<String> args, List<String> env, @Nullable Integer timeout) {
    public Hook {
      args = list(args);
      env = list(env);
    }
  }

  /** What runs (config.md, Process). {@code args} and {@code env} are in order. */
  @JsonInclude(Include.NON_EMPTY)
  public record Process(
      boolean terminal,
      User user,
      List<String> args,
      List<String> env,
      String cwd,
      @Nullable Capabilities capabilities,
      List<Rlimit> rlimits,
      boolean noNewPrivileges,
      @Nullable Integer oomScoreAdj,
      @Nullable String apparmorProfile,
      @Nullable String selinuxLabel) {

    public Process {
      args = list(args);
      env = list(env);
      rlimits = list(rlimits);
    }

    /** The same with a terminal. */
    public Process onTerminal() {
      return new Process(
          true,
          user,
          args,
          env,
          cwd,
          capabilities,
          rlimits,
          noNewPrivileges,
          oomScoreAdj,
          apparmorProfile,
          selinuxLabel);
    }

    /** The same surroundings for another command. */
    public Process running(List<String> command) {
      return new Process(
          false,
          user,
          command,
          env,
          cwd,
          capabilities,
          rlimits,
          noNewPrivileges,
          oomScoreAdj,
          apparmorProfile,
          selinuxLabel);
    }
  }

  /** Numeric ids inside the container. */
  public record User(
      long uid, long gid, @JsonInclude(Include.NON_EMPTY) List<Long> additionalGids) {
    public User {
      additionalGids = list(additionalGids);
    }
  }

  /** Names such as {@code CAP_CHOWN}. */
  @JsonInclude(Include.ALWAYS)
  public record Capabilities(
      List<String> bounding,
      List<String> effective,
      List<String> permitted,
      List<String> inheritable,
      List<String> ambient) {}

  /** Limits are unsigned numbers of 64 bits. */
  public record Rlimit(
      String type,
      @JsonSerialize(using = Unsigned.Writer.class) @JsonDeserialize(using = Unsigned.Reader.class)
          long hard,
      @JsonSerialize(using = Unsigned.Writer.class) @JsonDeserialize(using = Unsigned.Reader.class)
          long soft) {
    /** No limit. */
    public static final long INFINITY = -1L;
  }

  public record Root(String path, boolean readonly) {}

  /** The mappings are for a bind mount whose files are shown with other owners. */
  @JsonInclude(Include.NON_EMPTY)
  public record Mount(
      String destination,
      String type,
      String source,
      List<String> options,
      List<IdMapping> uidMappings,
      List<IdMapping> gidMappings) {
    public Mount {
      options = list(options);
      uidMappings = list(uidMappings);
      gidMappings = list(gidMappings);
    }

    public Mount(String destination, String type, String source, List<String> options) {
      this(destination, type, source, options, List.of(), List.of());
    }
  }

  /** A range of ids (config-linux.md, User namespace mappings). */
  public record IdMapping(long containerID, long hostID, long size) {}

  /** The Linux section (config-linux.md). */
  @JsonInclude(Include.NON_EMPTY)
  public record Linux(
      List<Namespace> namespaces,
      @Nullable String cgroupsPath,
      @Nullable Resources resources,
      @Nullable String rootfsPropagation,
      List<String> maskedPaths,
      List<String> readonlyPaths,
      Map<String, String> sysctl,
      List<Device> devices,
      @Nullable Seccomp seccomp,
      @Nullable String mountLabel) {
    public Linux {
      namespaces = list(namespaces);
      maskedPaths = list(maskedPaths);
      readonlyPaths = list(readonlyPaths);
      sysctl = map(sysctl);
      devices = list(devices);
    }
  }

  /**
   * Which system calls are let through (config-linux.md, Seccomp).
   *
   * @param architectures of which calls are looked at, as {@code SCMP_ARCH_X86_64}
   */
  @JsonInclude(Include.NON_EMPTY)
  public record Seccomp(
      String defaultAction,
      @Nullable Integer defaultErrnoRet,
      List<String> architectures,
      List<String> flags,
      @Nullable String listenerPath,
      @Nullable String listenerMetadata,
      List<SyscallRule> syscalls) {
    public Seccomp {
      architectures = list(architectures);
      flags = list(flags);
      syscalls = list(syscalls);
    }
  }

  /** What becomes of calls by name, if their arguments are such. */
  @JsonInclude(Include.NON_EMPTY)
  public record SyscallRule(
      List<String> names, String action, @Nullable Integer errnoRet, List<SyscallArgument> args) {
    public SyscallRule {
      names = list(names);
      args = list(args);
    }
  }

  /** A condition on an argument, by its place; values are unsigned, of 64 bits. */
  @JsonInclude(Include.NON_NULL)
  public record SyscallArgument(
      int index, BigInteger value, @Nullable BigInteger valueTwo, String op) {
    public SyscallArgument {
      value = Objects.requireNonNullElse(value, BigInteger.ZERO); // what is 0 may be left out
    }
  }

  /** A namespace to make, or to join if {@code path} is given. */
  @JsonInclude(Include.NON_EMPTY)
  public record Namespace(String type, @Nullable String path) {}

  /** A device node; {@code type} is c, b, u or p. */
  @JsonInclude(Include.NON_NULL)
  public record Device(
      String path,
      String type,
      long major,
      long minor,
      @Nullable Integer fileMode,
      @Nullable Long uid,
      @Nullable Long gid) {}

  @JsonInclude(Include.NON_EMPTY)
  public record Resources(
      List<DeviceRule> devices,
      @Nullable Memory memory,
      @Nullable Cpu cpu,
      @Nullable Pids pids,
      List<HugepageLimit> hugepageLimits,
      Map<String, String> unified) {
    public Resources {
      devices = list(devices);
      hugepageLimits = list(hugepageLimits);
      unified = map(unified);
    }
  }

  @JsonInclude(Include.NON_NULL)
  public record DeviceRule(
      boolean allow,
      @Nullable String type,
      @Nullable Long major,
      @Nullable Long minor,
      String access) {}

  /** Bytes. */
  @JsonInclude(Include.NON_NULL)
  public record Memory(@Nullable Long limit, @Nullable Long swap) {}

  /** Shares are relative; quota and period are microseconds; cpus and mems are list formats. */
  @JsonInclude(Include.NON_NULL)
  public record Cpu(
      @Nullable Long shares,
      @Nullable Long quota,
      @Nullable Long period,
      @Nullable String cpus,
      @Nullable String mems) {}

  public record Pids(long limit) {}

  public record HugepageLimit(String pageSize, long limit) {}

  /** What is empty is left out of the text, and is empty again when that is read. */
  private static <T> List<T> list(@Nullable List<T> written) {
    return written == null ? List.of() : List.copyOf(written);
  }

  private static Map<String, String> map(@Nullable Map<String, String> written) {
    return written == null ? Map.of() : Map.copyOf(written);
  }
}
