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
  private final Disk disk;
  private final HostsFolder hosts;
  private final Clients clients;
  private final Sender sender;
  private final Responses responses;
  private final TokenFetch tokens;

  HttpRegistries(Vertx vertx, Disk disk, RegistryConfig config, Metrics metrics) {
    this.disk = disk;
    this.hosts = new HostsFolder(config.hosts());
    this.clients = new Clients(vertx, config);
    this.sender = new Sender(clients, config.stallTimeout());
    this.responses = new Responses(vertx, config.stallTimeout(), metrics);
    this.tokens = new TokenFetch(sender, responses);
  }

  @Override
  public Future<Repository> open(Call call, ImageRef reference, Optional<Credentials> credentials) {
    return endpoints(call, reference.host())
        .map(
            endpoints ->
                new HttpRepository(
                    reference,
                    endpoints.stream()
                        .map(endpoint -> session(endpoint, reference, credentials))
                        .toList(),
                    disk));
  }

  private Session session(
      Endpoint endpoint, ImageRef reference, Optional<Credentials> credentials) {
    return new Session(
        sender,
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
