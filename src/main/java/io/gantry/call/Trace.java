package io.gantry.call;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The trace a call belongs to, as W3C Trace Context names it: 32 hexadecimal digits. */
public record Trace(String id) {
  private static final Pattern PARENT =
      Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

  public static Trace fresh() {
    var bytes = new byte[16];
    ThreadLocalRandom.current().nextBytes(bytes);
    return new Trace(HexFormat.of().formatHex(bytes));
  }

  /** The trace that a {@code traceparent} header names; a fresh one if it names none. */
  public static Trace from(@Nullable String traceparent) {
    var form = PARENT.matcher(traceparent == null ? "" : traceparent);
    return form.matches() ? new Trace(form.group(1)) : fresh();
  }
}
