package io.gantry.security;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.gantry.oci.RuntimeSpec.SyscallArgument;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp profile as it is written: what the OCI's runtime-spec has, and beyond that what Docker
 * added, by which rules depend on the machine and on the container. What is not known is passed
 * over, as every other reader of these files does.
 *
 * @param archMap which architectures go with the machine's own; excludes {@code architectures}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record SeccompDocument(
    @Nullable String defaultAction,
    @Nullable Integer defaultErrnoRet,
    @Nullable List<String> architectures,
    @Nullable List<ArchitectureGroup> archMap,
    @Nullable List<String> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata,
    @Nullable List<Rule> syscalls) {

  @JsonIgnoreProperties(ignoreUnknown = true)
  record ArchitectureGroup(
      @Nullable String architecture, @Nullable List<String> subArchitectures) {}

  /**
   * Calls and what becomes of them.
   *
   * @param name the oldest form: one call
   * @param includes all of it must hold for the rule to be taken
   * @param excludes none of it may hold
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Rule(
      @Nullable String name,
      @Nullable List<String> names,
      @Nullable String action,
      @Nullable Integer errnoRet,
      @Nullable List<SyscallArgument> args,
      @Nullable Filter includes,
      @Nullable Filter excludes) {}

  /** Architectures by Go's names, capabilities, and the oldest kernel. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Filter(
      @Nullable List<String> arches, @Nullable List<String> caps, @Nullable String minKernel) {}
}
