package io.gantry.api;

import io.gantry.streaming.SelfSigned;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.web.Router;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The REST API over TCP: HTTP/1.1 in TLS, with a bound on connections and on their silence. */
final class TlsListener {
  private static final Logger LOG = LoggerFactory.getLogger(TlsListener.class);
  private static final int CONNECTIONS_MAX = 256;
  private static final int IDLE_SECONDS = 120;
  private static final int HANDSHAKE_SECONDS = 10;

  /** What the server shows; the fingerprint is empty for one that comes from a file. */
  private record Shown(PemKeyCertOptions keys, String fingerprint) {}

  private final Vertx vertx;
  private final ApiConfig.Tcp config;
  private final Clock clock;
  private final AtomicInteger connections = new AtomicInteger();

  TlsListener(Vertx vertx, ApiConfig.Tcp config, Clock clock) {
    this.vertx = vertx;
    this.config = config;
    this.clock = clock;
  }

  Future<HttpServer> listen(Router router) {
    return shown()
        .compose(
            shown ->
                vertx
                    .createHttpServer(options(shown.keys()))
                    .connectionHandler(this::arrived)
                    .requestHandler(router)
                    .invalidRequestHandler(ApiVerticle.unreadable(vertx))
                    .listen(config.port(), config.host())
                    .onSuccess(server -> tell(server, shown)));
  }

  private void tell(HttpServer server, Shown shown) {
    LOG.atInfo()
        .addKeyValue("address", config.host() + ":" + server.actualPort())
        .addKeyValue("sha256", shown.fingerprint())
        .log("the REST API is served over TCP");
  }

  private HttpServerOptions options(PemKeyCertOptions keys) {
    var options =
        ApiVerticle.options()
            .setHttp2ClearTextEnabled(false)
            .setUseAlpn(false)
            .setIdleTimeout(IDLE_SECONDS)
            .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
            .setTcpKeepAlive(true)
            .setSsl(true)
            .setKeyCertOptions(keys);
    config
        .clientCa()
        .ifPresent(
            ca ->
                options
                    .setClientAuth(ClientAuth.REQUEST)
                    .setTrustOptions(new PemTrustOptions().addCertPath(ca.toString())));
    return options;
  }

  private void arrived(HttpConnection connection) {
    connection.exceptionHandler(_ -> {}); // whoever only knocks is no error of ours
    if (connections.incrementAndGet() > CONNECTIONS_MAX) {
      connection.close();
    }
    connection.closeHandler(_ -> connections.decrementAndGet());
  }

  private Future<Shown> shown() {
    return config
        .certificate()
        .map(
            files ->
                Future.succeededFuture(
                    new Shown(
                        new PemKeyCertOptions()
                            .setCertPath(files.chain().toString())
                            .setKeyPath(files.key().toString()),
                        "")))
        .orElseGet(() -> vertx.executeBlocking(this::made));
  }

  private Shown made() throws Exception {
    var made = SelfSigned.forHost(config.host(), clock);
    var der =
        Base64.getMimeDecoder()
            .decode(made.certificate().toString().replaceAll("-----[A-Z ]+-----", "").strip());
    return new Shown(
        new PemKeyCertOptions().setCertValue(made.certificate()).setKeyValue(made.key()),
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der)));
  }
}
