package io.gantry.security;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gantry.errors.RuntimeFault;
import io.gantry.oci.RuntimeSpec.Seccomp;
import io.gantry.oci.RuntimeSpec.SyscallArgument;
import io.gantry.oci.RuntimeSpec.SyscallRule;
import io.gantry.security.SeccompDocument.Filter;
import io.gantry.security.SeccompDocument.Rule;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Seccomp profiles, evaluated for one machine. Pure but for the default, which is a resource. */
final class SeccompProfiles {
  private static final String DEFAULT = "seccomp-default.json";
  private static final BigInteger VALUE_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
  private static final int ARGUMENTS = 6;
  private static final int ERRNO_MAX = 4095;

  private static final Set<String> ACTIONS =
      Set.of(
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_TRAP",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_LOG",
          "SCMP_ACT_NOTIFY");

  private static final Set<String> OPERATORS =
      Set.of(
          "SCMP_CMP_NE",
          "SCMP_CMP_LT",
          "SCMP_CMP_LE",
          "SCMP_CMP_EQ",
          "SCMP_CMP_GE",
          "SCMP_CMP_GT",
          "SCMP_CMP_MASKED_EQ");

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Machine machine;
  private final SeccompDocument byDefault;

  private SeccompProfiles(Machine machine, SeccompDocument byDefault) {
    this.machine = machine;
    this.byDefault = byDefault;
  }

  static SeccompProfiles on(Machine machine) throws IOException {
    try (var resource = SeccompProfiles.class.getResourceAsStream(DEFAULT)) {
      if (resource == null) {
        throw new IOException(DEFAULT + " is not in this build");
      }
      return new SeccompProfiles(machine, parsed(DEFAULT, resource.readAllBytes()));
    }
  }

  /** The default for a process with these capabilities. */
  Seccomp byDefault(Collection<String> capabilities) {
    return evaluated(DEFAULT, byDefault, capabilities);
  }

  /**
   * A profile of the operator's.
   *
   * @param what names it in a fault
   */
  Seccomp of(String what, byte[] text, Collection<String> capabilities) {
    return evaluated(what, parsed(what, text), capabilities);
  }

  private static SeccompDocument parsed(String what, byte[] text) {
    try {
      return JSON.readValue(text, SeccompDocument.class);
    } catch (JacksonException malformed) {
      var place = malformed.getLocation();
      throw wrong(
          what,
          malformed.getOriginalMessage() + (place == null ? "" : " at line " + place.getLineNr()),
          "a seccomp profile in JSON");
    } catch (IOException impossible) { // all of it is in memory
      throw new IllegalStateException(impossible);
    }
  }

  private Seccomp evaluated(
      String what, @Nullable SeccompDocument document, Collection<String> capabilities) {
    if (document == null || document.defaultAction() == null) {
      throw wrong(what, "no defaultAction", "an action such as SCMP_ACT_ERRNO");
    }
    return new Seccomp(
        action(what, document.defaultAction()),
        errno(what, document.defaultErrnoRet()),
        architectures(what, document),
        or(document.flags()),
        document.listenerPath(),
        document.listenerMetadata(),
        or(document.syscalls()).stream()
            .filter(rule -> applies(what, rule, capabilities))
            .map(rule -> rule(what, rule))
            .toList());
  }

  private List<String> architectures(String what, SeccompDocument document) {
    var plain = or(document.architectures());
    var groups = or(document.archMap());
    if (!plain.isEmpty() && !groups.isEmpty()) {
      throw wrong(what, "both architectures and archMap", "one of them");
    }
    for (var group : groups) {
      if (machine.seccompName().equals(group.architecture())) {
        var all = new ArrayList<String>();
        all.add(machine.seccompName());
        all.addAll(or(group.subArchitectures()));
        return all;
      }
    }
    return plain;
  }

  private boolean applies(String what, Rule rule, Collection<String> capabilities) {
    var includes = rule.includes();
    var excludes = rule.excludes();
    return (includes == null || included(what, includes, capabilities))
        && (excludes == null || !excluded(what, excludes, capabilities));
  }

  private boolean included(String what, Filter filter, Collection<String> capabilities) {
    return (or(filter.arches()).isEmpty() || or(filter.arches()).contains(machine.goName()))
        && capabilities.containsAll(or(filter.caps()))
        && (missing(filter.minKernel()) || isAtLeast(what, filter.minKernel()));
  }

  private boolean excluded(String what, Filter filter, Collection<String> capabilities) {
    return or(filter.arches()).contains(machine.goName())
        || or(filter.caps()).stream().anyMatch(capabilities::contains)
        || (!missing(filter.minKernel()) && isAtLeast(what, filter.minKernel()));
  }

  private static boolean missing(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  private boolean isAtLeast(String what, @Nullable String oldest) {
    try {
      return machine.kernel().compareTo(KernelVersion.parse(String.valueOf(oldest))) >= 0;
    } catch (RuntimeFault malformed) {
      throw malformed.during(what);
    }
  }

  private static SyscallRule rule(String what, Rule rule) {
    var names = new ArrayList<>(or(rule.names()));
    if (!missing(rule.name())) {
      if (!names.isEmpty()) {
        throw wrong(what, "a rule with both name and names", "one of them");
      }
      names.add(String.valueOf(rule.name()));
    }
    if (names.isEmpty()) {
      throw wrong(what, "a rule without names", "names of system calls");
    }
    or(rule.args()).forEach(argument -> check(what, names, argument));
    return new SyscallRule(
        names,
        action(what, String.valueOf(rule.action())),
        errno(what, rule.errnoRet()),
        or(rule.args()));
  }

  private static void check(String what, List<String> names, SyscallArgument argument) {
    var of = "an argument of " + names.getFirst() + ": ";
    if (argument.index() < 0 || argument.index() >= ARGUMENTS) {
      throw wrong(what, of + "index " + argument.index(), "0 to " + (ARGUMENTS - 1));
    }
    if (argument.op() == null || !OPERATORS.contains(argument.op())) {
      throw wrong(what, of + argument.op(), "an operator such as SCMP_CMP_EQ");
    }
    if (outside(argument.value()) || outside(argument.valueTwo())) {
      throw wrong(what, of + "a value out of range", "64 bits without a sign");
    }
  }

  private static boolean outside(@Nullable BigInteger value) {
    return value != null && (value.signum() < 0 || value.compareTo(VALUE_MAX) > 0);
  }

  private static String action(String what, String action) {
    if (!ACTIONS.contains(action)) {
      throw wrong(what, "action " + action, "such as SCMP_ACT_ALLOW");
    }
    return action;
  }

  private static @Nullable Integer errno(String what, @Nullable Integer errno) {
    if (errno != null && (errno < 0 || errno > ERRNO_MAX)) {
      throw wrong(what, "error number " + errno, "0 to " + ERRNO_MAX);
    }
    return errno;
  }

  private static RuntimeFault wrong(String what, String found, String expected) {
    return RuntimeFault.invalid(what + ": " + found + " (expected: " + expected + ")");
  }

  private static <T> List<T> or(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
