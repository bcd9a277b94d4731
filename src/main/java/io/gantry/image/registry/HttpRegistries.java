package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.host.Disk;
import io.gantry.ids.ImageRef;
import io.gantry.image.registry.Sender.Request;
import io.gantry.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;

/** Registries over HTTP/1.1: a connection for each transfer keeps their windows apart. */
final class HttpRegistries implements Registries {
  private final Vertx vertx;
  private final Disk disk;
  private final HostsFolder hosts;
  private final Clients clients;
  private final Sender sender;
  private final Responses responses;
  private final Patience patience;
  private final TokenFetch tokens;
  private final Optional<AuthFile> authFile;

  HttpRegistries(Vertx vertx, Disk disk, RegistryConfig config, Metrics metrics) {
    this.vertx = vertx;
    this.disk = disk;
    this.hosts = new HostsFolder(config.hosts());
    this.clients = new Clients(vertx, config);
    this.authFile = config.authFile().map(AuthFile::new);
    this.sender = new Sender(clients, config);
    this.responses = new Responses(vertx, config.stallTimeout(), metrics);
    this.patience = new Patience(vertx, sender, responses);
    this.tokens = new TokenFetch(patience, responses);
  }

  @Override
  public Future<Repository> open(Call call, ImageRef reference, Optional<Credentials> credentials) {
    return known(reference, credentials)
        .compose(
            shown ->
                endpoints(call, reference.host())
                    .map(
                        endpoints ->
                            endpoints.stream()
                                .map(endpoint -> session(endpoint, reference, shown))
                                .toList()))
        .map(sessions -> new HttpRepository(vertx, reference, sessions, disk));
  }

  /** What came with the pull, or else what the node has. */
  private Future<Optional<Credentials>> known(
      ImageRef reference, Optional<Credentials> credentials) {
    return credentials.isPresent() || authFile.isEmpty()
        ? Future.succeededFuture(credentials)
        : disk.run(() -> authFile.get().find(reference));
  }

  private Session session(
      Endpoint endpoint, ImageRef reference, Optional<Credentials> credentials) {
    return new Session(
        patience,
        responses,
        endpoint,
        new Authorization(tokens, endpoint, reference.repository(), credentials),
        reference.repository(),
        endpoint.upstream() ? "" : reference.host());
  }

  private Future<List<Endpoint>> endpoints(Call call, String host) {
    return disk.run(
            () -> {
              var found = hosts.find(host);
              found.ifPresent(list -> list.forEach(this::load));
              clients.load(Tls.SYSTEM);
              return found;
            })
        .compose(
            found ->
                found
                    .map(Future::succeededFuture)
                    .orElseGet(() -> unnamed(call, host).map(List::of)));
  }

  private void load(Endpoint endpoint) {
    clients.load(endpoint.tls());
    clients.load(endpoint.tls().verifying());
  }

  /** A registry on this machine may speak plain HTTP; any other speaks HTTPS. */
  private Future<Endpoint> unnamed(Call call, String host) {
    if (!Origins.isLoopback(host)) {
      return Future.succeededFuture(HostsFolder.unnamed("https", host, Tls.SYSTEM));
    }
    var encrypted = HostsFolder.unnamed("https", host, Tls.UNCHECKED);
    var probe = Request.of(HttpMethod.GET, encrypted.base().resolve("/v2/"), encrypted.tls());
    return sender
        .send(call, probe)
        .compose(response -> responses.drained(call, response, probe.origin()))
        .map(encrypted)
        .otherwise(HostsFolder.unnamed("http", host, Tls.SYSTEM));
  }

  @Override
  public Future<Void> close() {
    return clients.close();
  }
}
