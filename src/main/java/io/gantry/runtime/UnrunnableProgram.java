package io.gantry.runtime;

/**
 * The cause of a fault of {@link PodRuntime#create}: all was made but what the container is to run,
 * which is not there, is no program, or cannot be reached. It is for a start to fail by.
 */
public final class UnrunnableProgram extends Exception {
  private static final long serialVersionUID = 1;

  public UnrunnableProgram(String message) {
    super(message, null, false, false);
  }

  /** Whether that is why something failed. */
  public static boolean isBehind(Throwable fault) {
    for (var cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnrunnableProgram) {
        return true;
      }
    }
    return false;
  }
}
