package io.gantry.app;

import io.gantry.call.Call;
import io.gantry.cdi.Cdi;
import io.gantry.config.Owners;
import io.gantry.doctor.Doctor;
import io.gantry.doctor.Report;
import io.gantry.errors.RuntimeFault;
import io.gantry.handler.Handlers;
import io.gantry.host.LinuxHost;
import io.gantry.network.Cni;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.time.Clock;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The doctor with a configuration but without a daemon: nothing is known, all is found out. */
final class Examination {
  private static final int PATIENCE_SECONDS = 60;

  private Examination() {}

  /** Blocks until all is looked at. */
  static Report of(Owners owners) throws InterruptedException {
    var vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
    var host = LinuxHost.on(vertx);
    var answers = new ArrayBlockingQueue<AsyncResult<Report>>(1);
    doctor(owners, vertx, host)
        .examine(Call.internal(Call.Tools.plain(), "Doctor"))
        .onComplete(answers::add);
    var answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    host.close().eventually(vertx::close);
    if (answer == null) {
      throw RuntimeFault.unavailable(
          "doctor: no answer within " + PATIENCE_SECONDS + " s (expected: sooner)", null);
    }
    if (answer.failed()) {
      throw RuntimeFault.of(answer.cause());
    }
    return answer.result();
  }

  private static Doctor doctor(Owners owners, Vertx vertx, LinuxHost host) {
    var drivers = new Drivers(vertx, host, Clock.systemUTC(), owners.run(), true);
    return Doctor.of(
        new Doctor.Parts(
            host,
            owners.root(),
            owners.run(),
            owners.network().binDirs(),
            owners.cgroupDriver(),
            Cdi.in(host.disk(), owners.cdiFolders()),
            new Doctor.Facts(
                () -> Handlers.look(owners.handlers(), host.disk(), drivers::features),
                () -> Cni.look(host.disk(), owners.network()),
                () -> Doctor.whyNotIdMapped(host, owners.root()))));
  }
}
