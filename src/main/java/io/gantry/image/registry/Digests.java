package io.gantry.image.registry;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes of what is held in memory. */
final class Digests {
  private Digests() {}

  static void verify(String what, byte[] content, Digest expected) {
    var found = of(content, expected.algorithm(), expected.javaAlgorithm());
    if (!found.equals(expected)) {
      throw RuntimeFault.precondition(what + ": digest " + found + " (expected: " + expected + ")");
    }
  }

  static Digest sha256(byte[] content) {
    return of(content, "sha256", "SHA-256");
  }

  private static Digest of(byte[] content, String algorithm, String javaAlgorithm) {
    try {
      var hash = MessageDigest.getInstance(javaAlgorithm).digest(content);
      return new Digest(algorithm + ":" + HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-2", impossible);
    }
  }
}
