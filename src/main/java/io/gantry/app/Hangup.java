package io.gantry.app;

import io.gantry.host.Dispositions;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * SIGHUP, which otherwise ends a JVM. By the only class that there is for it, {@code
 * sun.misc.Signal} of the module jdk.unsupported, and by its name: the compiler warns of the class
 * itself, and no annotation stops that.
 */
final class Hangup {
  private Hangup() {}

  /** Runs {@code work} on a thread of its own each time. */
  static void each(Runnable work) {
    Dispositions.heedHangups();
    try {
      var signal = Class.forName("sun.misc.Signal");
      var handler = Class.forName("sun.misc.SignalHandler");
      var lookup = MethodHandles.publicLookup();
      var hup =
          lookup
              .findConstructor(signal, MethodType.methodType(void.class, String.class))
              .invoke("HUP");
      var run =
          lookup.findVirtual(Runnable.class, "run", MethodType.methodType(void.class)).bindTo(work);
      var dropping = MethodHandles.dropArguments(run, 0, signal);
      lookup
          .findStatic(signal, "handle", MethodType.methodType(handler, signal, handler))
          .invoke(hup, MethodHandleProxies.asInterfaceInstance(handler, dropping));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }
}
