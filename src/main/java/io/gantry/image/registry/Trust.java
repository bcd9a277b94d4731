package io.gantry.image.registry;

import io.gantry.errors.RuntimeFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The authorities that are trusted: the system's, which administrators add to, rather than the ones
 * that came with the JVM; and those of a hosts.toml.
 */
final class Trust {
  private static final List<Path> SYSTEM =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"), // Debian, Ubuntu, Alpine
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"), // Fedora, RHEL
          Path.of("/etc/ssl/ca-bundle.pem")); // SUSE

  private Trust() {}

  /** The system's authorities and those in {@code pem}. Reads files: cached by its caller. */
  static X509TrustManager in(String pem) {
    try {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var system = SYSTEM.stream().filter(Files::isReadable).findFirst();
      if (system.isPresent()) {
        add(store, Files.readString(system.get(), StandardCharsets.ISO_8859_1));
      } else {
        for (var authority : manager(null).getAcceptedIssuers()) {
          store.setCertificateEntry("a" + store.size(), authority);
        }
      }
      add(store, pem);
      return manager(store);
    } catch (GeneralSecurityException | IOException failure) {
      throw RuntimeFault.precondition(
          "certificate authorities: " + failure.getMessage() + " (expected: PEM certificates)");
    }
  }

  private static void add(KeyStore store, String pem) throws GeneralSecurityException {
    var bytes = new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1));
    for (var authority : CertificateFactory.getInstance("X.509").generateCertificates(bytes)) {
      store.setCertificateEntry("a" + store.size(), authority);
    }
  }

  private static X509TrustManager manager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return Arrays.stream(factory.getTrustManagers())
        .flatMap(Trust::x509)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("no trust manager for X.509"));
  }

  private static Stream<X509TrustManager> x509(TrustManager manager) {
    return manager instanceof X509TrustManager found ? Stream.of(found) : Stream.empty();
  }
}
