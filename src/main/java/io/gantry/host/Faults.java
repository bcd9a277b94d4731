package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What blocking work throws, as faults. */
final class Faults {
  // The JDK keeps only the C library's words for the error, which depend on the locale.
  private static final String NO_SPACE = Libc.strerror(Errno.ENOSPC);
  private static final String OVER_QUOTA = Libc.strerror(Errno.EDQUOT);

  private Faults() {}

  /** The result of {@code work}; throws nothing but faults. */
  static <T extends @Nullable Object> T thrown(Callable<T> work) {
    try {
      return work.call();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw RuntimeFault.unavailable("host: shutting down", interrupted);
    } catch (Exception thrown) {
      throw of(thrown);
    }
  }

  static RuntimeFault of(Throwable thrown) {
    return switch (thrown) {
      case SyscallFailure failure -> failure.fault();
      case IOException failure when isNoSpace(failure) ->
          new RuntimeFault(Kind.RESOURCE_EXHAUSTED, String.valueOf(failure.getMessage()), failure);
      default -> RuntimeFault.of(thrown);
    };
  }

  private static boolean isNoSpace(IOException failure) {
    var message = String.valueOf(failure.getMessage());
    return message.endsWith(NO_SPACE) || message.endsWith(OVER_QUOTA);
  }
}
