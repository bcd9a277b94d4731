package io.gantry.image.registry;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.X509TrustManager;

/** One HTTP client, with its connections, for each way of checking certificates. */
final class Clients {
  /** Signed addresses that registries redirect to are long. */
  private static final int HEADER_BYTES_MAX = 32 * 1024;

  /** Shorter than the idle time of common load balancers, which close without a word. */
  private static final int KEEP_ALIVE_SECONDS = 15;

  private static final int CONNECTIONS_TO_A_HOST_MAX = 32;

  private final Vertx vertx;
  private final RegistryConfig config;
  private final ConcurrentMap<Tls, HttpClient> clients = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, X509TrustManager> trusted = new ConcurrentHashMap<>();

  Clients(Vertx vertx, RegistryConfig config) {
    this.vertx = vertx;
    this.config = config;
  }

  /** Reads the authorities that {@code tls} needs. Blocks, so that {@link #checking} need not. */
  void load(Tls tls) {
    trusted.computeIfAbsent(tls.authorities(), Trust::in);
  }

  HttpClient checking(Tls tls) {
    return clients.computeIfAbsent(tls, this::create);
  }

  private HttpClient create(Tls tls) {
    var options =
        new HttpClientOptions()
            .setConnectTimeout((int) config.connectTimeout().toMillis())
            .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
            .setMaxHeaderSize(HEADER_BYTES_MAX)
            .setDecompressionSupported(false); // a blob must come as it was hashed
    if (!tls.identities().isEmpty()) {
      options.setKeyCertOptions(identities(tls));
    }
    if (tls.skipVerify()) {
      options.setTrustAll(true).setVerifyHost(false);
    } else {
      options.setTrustOptions(
          TrustOptions.wrap(trusted.computeIfAbsent(tls.authorities(), Trust::in)));
    }
    return vertx.createHttpClient(
        options, new PoolOptions().setHttp1MaxSize(CONNECTIONS_TO_A_HOST_MAX));
  }

  private static PemKeyCertOptions identities(Tls tls) {
    var options = new PemKeyCertOptions();
    for (var identity : tls.identities()) {
      options.addCertValue(Buffer.buffer(identity.certificate()));
      options.addKeyValue(Buffer.buffer(identity.key()));
    }
    return options;
  }

  Future<Void> close() {
    return Future.join(clients.values().stream().map(HttpClient::close).toList()).mapEmpty();
  }
}
