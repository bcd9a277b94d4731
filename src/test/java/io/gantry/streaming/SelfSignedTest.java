package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelfSignedTest {
  @Test
  void theCertificateIsSignedByItselfAndNamesTheHost() throws Exception {
    // Given
    var now = Instant.parse("2045-06-01T00:00:00Z"); // so that its end has a long year

    // When
    var certificate = certificate("192.0.2.7", Clock.fixed(now, ZoneOffset.UTC));

    // Then
    certificate.verify(certificate.getPublicKey());
    certificate.checkValidity(Date.from(now));
    certificate.checkValidity(Date.from(now.plus(Duration.ofDays(3649))));
    assertThat(certificate.getVersion()).isEqualTo(3);
    assertThat(certificate.getSerialNumber()).isPositive();
    assertThat(certificate.getSubjectAlternativeNames())
        .contains(List.of(7, "192.0.2.7"), List.of(2, "localhost"), List.of(7, "127.0.0.1"));
  }

  @Test
  void theHostMayBeAName() throws Exception {
    assertThat(certificate("node.example", Clock.systemUTC()).getSubjectAlternativeNames())
        .contains(List.of(2, "node.example"));
  }

  private static X509Certificate certificate(String host, Clock clock) throws Exception {
    var pem = SelfSigned.forHost(host, clock).certificate().getBytes();
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
  }
}
