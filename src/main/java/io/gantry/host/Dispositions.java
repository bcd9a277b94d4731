package io.gantry.host;

/** What this process does with signals that nobody has asked it for. */
public final class Dispositions {
  private static final int SIGHUP = 1;

  /** Takes an int, as a handler does, and does nothing with it. */
  private static final CFunction NOTHING = CFunction.ints("abs");

  // SAFETY: sighandler_t signal(int, sighandler_t); the function is there as long as the process.
  private static final CFunction SIGNAL = CFunction.longs("signal");

  private Dispositions() {}

  /**
   * Lets SIGHUP be handled. A process inherits what nohup(1) has it ignore, and so has the script
   * that starts the daemon; a JVM installs no handler for what is ignored. Until there is one the
   * signal goes on to do nothing: by default it would end the process.
   */
  public static void heedHangups() {
    Libc.attempt(errno -> SIGNAL.call(errno, SIGHUP, NOTHING.address().address()));
  }
}
