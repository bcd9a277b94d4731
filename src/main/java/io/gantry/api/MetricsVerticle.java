package io.gantry.api;

import io.gantry.metrics.Metrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /metrics} and {@code /healthz}, and measures how late its event loop is. */
public final class MetricsVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsVerticle.class);
  private static final Duration LAG_INTERVAL = Duration.ofSeconds(1);

  private final MetricsConfig config;
  private final PrometheusMeterRegistry registry;
  private final Metrics metrics;

  public MetricsVerticle(MetricsConfig config, PrometheusMeterRegistry registry, Metrics metrics) {
    this.config = config;
    this.registry = registry;
    this.metrics = metrics;
  }

  @Override
  public Future<?> start() {
    watchLag(System.nanoTime());
    return config
        .host()
        .<Future<?>>map(host -> serve(host, config.port()))
        .orElseGet(Future::succeededFuture);
  }

  private Future<HttpServer> serve(String host, int port) {
    var router = Router.router(vertx);
    router
        .get("/metrics")
        .handler(
            request ->
                request
                    .response()
                    .putHeader("content-type", "text/plain; version=0.0.4; charset=utf-8")
                    .end(registry.scrape()));
    router.get("/healthz").handler(request -> request.response().end("ok\n"));
    return vertx
        .createHttpServer()
        .requestHandler(router)
        .listen(port, host)
        .onSuccess(
            server ->
                LOG.atInfo()
                    .addKeyValue("address", host + ":" + server.actualPort())
                    .log("metrics are served"));
  }

  private void watchLag(long sinceNanos) {
    vertx.setTimer(
        LAG_INTERVAL.toMillis(),
        _ -> {
          var now = System.nanoTime();
          var late = now - sinceNanos - LAG_INTERVAL.toNanos();
          metrics.eventLoopLag(Duration.ofNanos(Math.max(0, late)));
          watchLag(now);
        });
  }
}
