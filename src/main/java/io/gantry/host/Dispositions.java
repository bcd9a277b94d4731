package io.gantry.host;

/** What this process does with signals that nobody has asked it for. */
public final class Dispositions {
  private static final int SIGHUP = 1;
  private static final long SIG_DFL = 0;

  // SAFETY: sighandler_t signal(int, sighandler_t); the default action is no address.
  private static final CFunction SIGNAL = CFunction.longs("signal");

  private Dispositions() {}

  /**
   * Lets SIGHUP be handled. A process inherits what nohup(1) has it ignore, and a JVM installs no
   * handler for what is ignored.
   */
  public static void heedHangups() {
    Libc.attempt(errno -> SIGNAL.call(errno, SIGHUP, SIG_DFL));
  }
}
