package io.gantry.streaming;

import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.URI;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** The streaming server on one TCP socket. Owns the socket and the sessions on it. */
public final class StreamingVerticle extends VerticleBase {
  private static final int FRAME_BYTES_MAX = 256 * 1024;

  /** How long a client may take to answer the close of a WebSocket, in seconds. */
  private static final int CLOSING_SECONDS = 2;

  private final StreamingConfig config;
  private final StreamTarget target;
  private final Clock clock;
  private final Tickets tickets;
  private @Nullable HttpServer server;
  private @Nullable Reception reception;

  /**
   * @param target what the streams lead to
   * @param clock dates a certificate, if one has to be made
   */
  public StreamingVerticle(StreamingConfig config, StreamTarget target, Clock clock) {
    this.config = config;
    this.target = target;
    this.clock = clock;
    this.tickets = new Tickets(config.urlLife(), config.inFlightMax(), System::nanoTime);
  }

  /** Gives out URLs, from the start of this verticle on. */
  public Streams streams() {
    return tickets;
  }

  @Override
  public Future<?> start() {
    return options().compose(this::listen);
  }

  private Future<Void> listen(HttpServerOptions options) {
    var arrivals = new Arrivals(vertx, config.creationTimeout());
    var made = new Reception(vertx, config, target, request -> arrivals.gone(request.connection()));
    var gate = new Gate(tickets, made);
    var listening =
        vertx
            .createHttpServer(options)
            .connectionHandler(arrivals::arrived)
            .requestHandler(gate::arrived);
    reception = made;
    server = listening;
    return listening
        .listen(config.port(), bare(config.host()))
        .map(
            bound -> {
              tickets.served(URI.create(base(bound.actualPort())));
              return null;
            });
  }

  private Future<HttpServerOptions> options() {
    var options =
        new HttpServerOptions()
            .setHttp2ClearTextEnabled(false)
            .setUseAlpn(false)
            .setCompressionSupported(false)
            .setDecompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false)
            .setWebSocketSubProtocols(Gate.subprotocols())
            .setMaxWebSocketFrameSize(FRAME_BYTES_MAX)
            .setMaxWebSocketMessageSize(ChannelDecoder.MESSAGE_BYTES_MAX)
            .setWebSocketClosingTimeout(CLOSING_SECONDS);
    return config
        .tls()
        .map(tls -> encrypt(options, tls))
        .orElseGet(() -> Future.succeededFuture(options));
  }

  private Future<HttpServerOptions> encrypt(HttpServerOptions options, StreamingConfig.Tls tls) {
    tls.clientCa()
        .ifPresent(
            ca ->
                options
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setTrustOptions(new PemTrustOptions().addCertPath(ca.toString())));
    return tls.certificate()
        .map(
            certificate ->
                Future.succeededFuture(
                    new PemKeyCertOptions()
                        .setCertPath(certificate.chain().toString())
                        .setKeyPath(certificate.key().toString())))
        .orElseGet(
            () ->
                vertx
                    .executeBlocking(() -> SelfSigned.forHost(bare(config.host()), clock))
                    .map(
                        made ->
                            new PemKeyCertOptions()
                                .setCertValue(made.certificate())
                                .setKeyValue(made.key())))
        .map(keys -> options.setSsl(true).setKeyCertOptions(keys));
  }

  /** What all URLs begin with. */
  private String base(int port) {
    return config
        .advertised()
        .map(url -> url.toString().replaceFirst("/+$", ""))
        .orElseGet(
            () -> {
              var host = bare(config.host());
              var shown = NetUtil.isValidIpV6Address(host) ? "[" + host + "]" : host;
              return (config.tls().isPresent() ? "https" : "http") + "://" + shown + ":" + port;
            });
  }

  private static String bare(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** Gives out no more URLs, and closes all sessions. */
  @Override
  public Future<?> stop() {
    tickets.closed();
    if (reception != null) {
      reception.close();
    }
    return server == null ? Future.succeededFuture() : server.close();
  }
}
