package io.gantry.doctor;

import io.gantry.call.Call;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** All checks, side by side. */
final class HostDoctor implements Doctor {
  private final Parts parts;
  private final KernelFiles files;

  /**
   * @param root {@code /}, or what stands for it
   */
  HostDoctor(Parts parts, Path root) {
    this.parts = parts;
    this.files = new KernelFiles(root);
  }

  @Override
  public Future<Report> examine(Call call) {
    var host = parts.host();
    var facts = parts.facts();
    return Future.all(
            List.of(
                looked("kernel", () -> host.disk().run(new KernelChecks(files)::all)),
                looked("cgroups", new CgroupChecks(host, files, parts.cgroupDriver())::all),
                looked("runtimes", () -> new RuntimeChecks(host, facts.handlers()).all(call)),
                looked(
                    "network",
                    new NetworkChecks(host, files, parts.binDirs(), facts.network())::all),
                looked(
                    "storage",
                    new StorageChecks(host, parts.root(), parts.run(), facts.whyNotIdMapped())
                        ::all),
                looked("cdi", () -> parts.cdi().inventory().map(DeviceChecks::of)),
                looked("limits", () -> host.disk().run(new LimitChecks(files)::all)),
                looked("clock", this::clock)))
        .compose(found -> call.alive().map(_ -> found.<List<Finding>>list()))
        .map(found -> new Report(found.stream().flatMap(List::stream).toList()));
  }

  /** A check that cannot be made says so, in place of its findings. */
  private static Future<List<Finding>> looked(String what, Supplier<Future<List<Finding>>> check) {
    return Future.<Void>succeededFuture()
        .compose(_ -> check.get())
        .otherwise(
            cause ->
                List.of(
                    Finding.warning(
                        what,
                        "could not be looked at: " + cause.getMessage(),
                        "what is not known cannot be mended",
                        "see what is said here; the log of gantryd may say more")));
  }

  private Future<List<Finding>> clock() {
    var why = "certificates, tokens and the order of logs across nodes depend on it";
    return parts
        .host()
        .disk()
        .run(
            () ->
                List.of(
                    parts.host().clockSynchronized()
                        ? Finding.ok("clock", "synchronized", why)
                        : Finding.warning(
                            "clock",
                            "not synchronized, says the kernel",
                            why,
                            "run chrony or systemd-timesyncd; a virtual machine or a container may"
                                + " have the clock of a host that is")));
  }
}
