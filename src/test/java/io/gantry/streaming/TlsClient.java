package io.gantry.streaming;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A client of SPDY over TLS that trusts everybody, as the kubelet trusts its runtime. */
final class TlsClient {
  private TlsClient() {}

  /** What is said over a command's streams, up to the end. */
  static List<String> exec(URI url, SSLContext context, String... streams) throws Exception {
    try (var client = of(url, context)) {
      client.upgrade("POST", url, "v4.channel.k8s.io");
      client.open(streams);
      return client.until("goaway 0"::equals);
    }
  }

  /** A client that has not been upgraded yet. */
  static RawClient of(URI url, SSLContext context) throws IOException {
    return new RawClient(context.getSocketFactory().createSocket(url.getHost(), url.getPort()));
  }

  /**
   * @param own what it shows of itself, if anything
   */
  static SSLContext trustful(Optional<SelfSigned> own) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(
        own.isPresent() ? keys(own.get()).getKeyManagers() : null,
        new TrustManager[] {new Trustful()},
        new SecureRandom());
    return context;
  }

  private static KeyManagerFactory keys(SelfSigned own) throws Exception {
    var certificate =
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(own.certificate().getBytes()));
    var der = Base64.getMimeDecoder().decode(own.key().toString().replaceAll("-----.*-----", ""));
    var key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("own", key, new char[0], new Certificate[] {certificate});
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory;
  }

  private static final class Trustful implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
