package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Namespaces.Wanted;
import io.gantry.ids.IdMappings;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A kernel parameter of a namespace. Its name is from a pod, so it is held to those parameters that
 * a namespace has of its own: the others are the host's.
 *
 * @param path below /proc/sys, which shows each thread those of its own namespaces
 */
record Sysctl(String name, Path path, String value) {
  private static final Path ROOT = Path.of("/proc/sys");
  private static final Pattern FORM =
      Pattern.compile("[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)+");
  private static final Pattern IPC =
      Pattern.compile("kernel/(shm[a-z_]*|msg[a-z_]*|sem)|fs/mqueue/[a-z_]+");
  private static final Pattern UTS = Pattern.compile("kernel/(hostname|domainname)");

  /** Those wanted, all of them checked. */
  static List<Sysctl> all(Wanted wanted) {
    return wanted.sysctls().entrySet().stream()
        .map(entry -> checked(entry.getKey(), entry.getValue(), wanted))
        .toList();
  }

  private static Sysctl checked(String name, String value, Wanted wanted) {
    if (!FORM.matcher(name).matches()) {
      throw RuntimeFault.invalid("sysctl: '" + name + "' (expected: a dotted name)");
    }
    if (value.chars().anyMatch(character -> character == '\n' || character == '\0')) {
      throw RuntimeFault.invalid("sysctl: value of " + name + " (expected: one line)");
    }
    var path = slashed(name);
    if (owner(path).filter(wanted.kinds()::contains).isEmpty()) {
      throw RuntimeFault.invalid(
          "sysctl: " + name + " (expected: one of a namespace that the pod has of its own)");
    }
    return new Sysctl(name, ROOT.resolve(path), value);
  }

  /** As in sysctl(8): the first separator tells which one parts; the other stands for a dot. */
  private static String slashed(String name) {
    var dot = name.indexOf('.');
    var slash = name.indexOf('/');
    if (dot < 0 || (slash >= 0 && slash < dot)) {
      return name;
    }
    return name.replace('/', '\0').replace('.', '/').replace('\0', '.');
  }

  private static Optional<Namespaces.Kind> owner(String path) {
    if (path.startsWith("net/")) {
      return Optional.of(Namespaces.Kind.NET);
    }
    if (IPC.matcher(path).matches()) {
      return Optional.of(Namespaces.Kind.IPC);
    }
    return UTS.matcher(path).matches() ? Optional.of(Namespaces.Kind.UTS) : Optional.empty();
  }

  /**
   * Writes it in the namespaces of the calling thread.
   *
   * @param users whose root owns these namespaces; empty if the daemon's does
   */
  void write(Optional<IdMappings> users) {
    try {
      try {
        Files.writeString(path, value, StandardOpenOption.WRITE);
      } catch (AccessDeniedException notRoot) {
        if (users.isEmpty()) {
          throw notRoot;
        }
        writeAs(users.get().rootUid());
      }
    } catch (NoSuchFileException unknown) {
      throw new RuntimeFault(
          Kind.INVALID_ARGUMENT,
          "sysctl: " + name + " (expected: one that this kernel has in a namespace)",
          unknown);
    } catch (IOException refused) {
      throw new RuntimeFault(
          Kind.INVALID_ARGUMENT,
          "sysctl: " + name + "=" + value + " (expected: a value that the kernel takes)",
          refused);
    }
  }

  /** Some parameters only the root of the namespace's owner may write, whoever else may do more. */
  private void writeAs(int user) throws IOException {
    MountCalls.become(user);
    try {
      Files.writeString(path, value, StandardOpenOption.WRITE);
    } finally {
      MountCalls.become(0);
    }
  }
}
