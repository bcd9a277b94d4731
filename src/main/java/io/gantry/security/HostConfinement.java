package io.gantry.security;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.host.Host;
import io.gantry.oci.RuntimeSpec.Seccomp;
import io.gantry.runtime.Confines;
import io.gantry.runtime.Labels;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What this Linux has: seccomp by the kernel's own word, AppArmor by {@link AppArmor}, labels by
 * {@link Selinux}.
 */
final class HostConfinement implements Confinement {
  /** No profile is near it; a file that is larger is something else. */
  private static final int PROFILE_BYTES_MAX = 1024 * 1024;

  private final Disk disk;
  private final SeccompProfiles profiles;
  private final boolean seccomp;
  private final AppArmor appArmor;
  private final Selinux selinux;

  private HostConfinement(
      Disk disk, SeccompProfiles profiles, boolean seccomp, AppArmor appArmor, Selinux selinux) {
    this.disk = disk;
    this.profiles = profiles;
    this.seccomp = seccomp;
    this.appArmor = appArmor;
    this.selinux = selinux;
  }

  /**
   * @param root {@code /}, or what stands for it
   */
  static Future<Confinement> on(Call call, Host host, Path root, SelinuxMode mode) {
    return host.disk()
        .run(
            () ->
                new HostConfinement(
                    host.disk(),
                    SeccompProfiles.on(machine(root)),
                    Files.exists(root.resolve("proc/sys/kernel/seccomp")),
                    AppArmor.on(host, root),
                    Selinux.on(root, mode)))
        .compose(made -> made.appArmor.prepare(call).map(made));
  }

  private static Machine machine(Path root) throws IOException {
    return Machine.of(
        System.getProperty("os.arch", ""),
        Files.readString(root.resolve("proc/sys/kernel/osrelease")));
  }

  @Override
  public Future<Confines> of(Call call, Asked asked) {
    return seccomp(asked)
        .compose(
            filter ->
                appArmor
                    .profile(call, asked.appArmor())
                    .map(name -> new Confines(filter.orElse(null), name.orElse(null))));
  }

  @Override
  public Future<Labels> labels(AskedLabels asked) {
    return asked.options().isEmpty()
        ? Future.succeededFuture(selinux.labels(asked))
        : disk.run(() -> selinux.labels(asked));
  }

  @Override
  public Optional<String> level(Predicate<String> taken) {
    return selinux.level(taken);
  }

  @Override
  public String selinux() {
    return selinux.state();
  }

  private Future<Optional<Seccomp>> seccomp(Asked asked) {
    var profile = asked.seccomp().orElse(Profile.UNCONFINED);
    if (profile.kind() == Profile.Kind.UNCONFINED) {
      return Future.succeededFuture(Optional.empty());
    }
    if (!seccomp) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "seccomp profile: this kernel has no seccomp (expected: CONFIG_SECCOMP_FILTER)"));
    }
    return disk.run(() -> Optional.of(filter(profile, asked.capabilities())));
  }

  private Seccomp filter(Profile profile, Collection<String> capabilities) throws IOException {
    return profile.kind() == Profile.Kind.LOCALHOST
        ? profiles.of(
            "seccomp profile " + profile.reference(), text(profile.reference()), capabilities)
        : profiles.byDefault(capabilities);
  }

  /** The kubelet names it: any path will do that leads to a file. */
  private static byte[] text(String reference) throws IOException {
    var file = Path.of(reference);
    if (!file.isAbsolute() || !Files.isRegularFile(file)) {
      throw RuntimeFault.invalid(
          "seccomp profile: '" + reference + "' (expected: the absolute path of a file)");
    }
    try (var in = Files.newInputStream(file)) {
      var text = in.readNBytes(PROFILE_BYTES_MAX + 1);
      if (text.length > PROFILE_BYTES_MAX) {
        throw RuntimeFault.invalid(
            "seccomp profile: '" + reference + "' (expected: at most 1 MiB)");
      }
      return text;
    }
  }
}
