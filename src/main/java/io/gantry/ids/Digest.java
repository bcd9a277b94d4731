package io.gantry.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.gantry.errors.RuntimeFault;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A content digest, {@code sha256:<64 hex>} or {@code sha512:<128 hex>} (OCI image-spec,
 * descriptor.md). Nothing else is accepted: a digest ends up in paths and URLs.
 */
public record Digest(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Digest {
    if (!FORM.matcher(value).matches()) {
      throw RuntimeFault.invalid(
          "digest: '"
              + clipped(value)
              + "' (expected: sha256: and 64, or sha512: and 128, hexadecimal digits)");
    }
  }

  /** The digest of a SHA-256 that has been computed. */
  public static Digest sha256(byte[] hash) {
    return new Digest("sha256:" + HexFormat.of().formatHex(hash));
  }

  /** {@code sha256} or {@code sha512}. */
  public String algorithm() {
    return value.substring(0, value.indexOf(':'));
  }

  /** The name of the same algorithm in Java. */
  public String javaAlgorithm() {
    return algorithm().equals("sha256") ? "SHA-256" : "SHA-512";
  }

  /** The hexadecimal digits. */
  public String hex() {
    return value.substring(value.indexOf(':') + 1);
  }

  private static String clipped(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  @Override
  public String toString() {
    return value;
  }
}
