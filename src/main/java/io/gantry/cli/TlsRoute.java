package io.gantry.cli;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509TrustManager;

/** Over TCP with TLS: the server is known by a CA or by its fingerprint, this side by either. */
final class TlsRoute implements Route {
  private static final int CONNECT_MILLIS = 10_000;

  /**
   * Who the server has to be, and who asks.
   *
   * @param ca who signs the server's certificate; empty: whom this host trusts
   * @param fingerprint the SHA-256 of the server's certificate, which then needs no CA
   * @param certificate this side's, with its key
   */
  record Proof(
      Optional<Path> ca,
      Optional<String> fingerprint,
      Optional<Path> certificate,
      Optional<Path> key,
      Optional<String> token) {}

  private final URI server;
  private final Proof proof;
  private final SSLContext context;

  private TlsRoute(URI server, Proof proof, SSLContext context) {
    this.server = server;
    this.proof = proof;
    this.context = context;
  }

  /**
   * @throws IOException if one of the files is not what it should be
   */
  static TlsRoute to(URI server, Proof proof) throws IOException {
    var builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    try {
      proof.ca().ifPresent(file -> builder.trustManager(file.toFile()));
      proof
          .fingerprint()
          .ifPresent(it -> builder.trustManager(new Pinned(it.toLowerCase(Locale.ROOT))));
      if (proof.certificate().isPresent()) {
        builder.keyManager(proof.certificate().get().toFile(), proof.key().orElseThrow().toFile());
      }
      return new TlsRoute(server, proof, ((JdkSslContext) builder.build()).context());
    } catch (IllegalArgumentException unreadable) { // as Netty tells it
      throw new IOException(
          unreadable.getMessage()
              + Optional.ofNullable(unreadable.getCause()).map(it -> ": " + it).orElse(""),
          unreadable);
    }
  }

  /** Trusts one certificate, whatever name it has. */
  private record Pinned(String sha256) implements X509TrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind)
        throws CertificateException {
      try {
        var found =
            HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded()));
        if (!found.equals(sha256)) {
          throw new CertificateException(
              "the server's certificate has the SHA-256 " + found + ", not " + sha256);
        }
      } catch (NoSuchAlgorithmException impossible) {
        throw new CertificateException(impossible);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Override
  public ByteChannel open() throws IOException {
    var plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(server.getHost(), server.getPort()), CONNECT_MILLIS);
      plain.setTcpNoDelay(true);
      var secure =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(plain, server.getHost(), server.getPort(), true);
      if (proof.fingerprint().isEmpty()) {
        var parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
      }
      secure.setSoTimeout(CONNECT_MILLIS);
      secure.startHandshake();
      secure.setSoTimeout(0);
      return new Secure(secure);
    } catch (IOException failed) {
      plain.close();
      throw failed;
    }
  }

  /** One thread reads, one at a time writes: a TLS socket allows both at once. */
  private record Secure(SSLSocket socket) implements ByteChannel {
    @Override
    public int read(ByteBuffer into) throws IOException {
      var count =
          socket
              .getInputStream()
              .read(into.array(), into.arrayOffset() + into.position(), into.remaining());
      if (count > 0) {
        into.position(into.position() + count);
      }
      return count;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      var bytes = new byte[from.remaining()];
      from.get(bytes);
      socket.getOutputStream().write(bytes);
      return bytes.length;
    }

    @Override
    public boolean isOpen() {
      return !socket.isClosed();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Override
  public String host() {
    return server.getHost() + ":" + server.getPort();
  }

  @Override
  public String where() {
    return server.toString();
  }

  @Override
  public Optional<String> token() {
    return proof.token();
  }

  @Override
  public String advice() {
    return "gantryd with api.listen there; --ca names who signs its certificate, or --fingerprint"
        + " its SHA-256, which the daemon's log has";
  }
}
