package io.gantry.streaming;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Lets in who has a URL and speaks a protocol. Whoever is turned away is told why, and the
 * connection is closed; the URL stays good, so that a client can ask again in another protocol.
 */
final class Gate {
  private static final Pattern PATH =
      Pattern.compile("/(exec|attach|portforward)/([A-Za-z0-9_-]{43})");

  private static final String VERSIONS = "X-Stream-Protocol-Version";
  private static final String ACCEPTED = "X-Accepted-Stream-Protocol-Versions";
  private static final String SUBPROTOCOLS = "Sec-WebSocket-Protocol";

  /** The version of port forwarding, which has but one. */
  static final String PORTFORWARD = "portforward.k8s.io";

  /** The subprotocol of a WebSocket that carries SPDY's bytes. */
  static final String TUNNEL = "SPDY/3.1+" + PORTFORWARD;

  /** Why somebody is turned away. */
  private record Refusal(int status, String why, List<String> accepted) {
    Refusal(int status, String why) {
      this(status, why, List.of());
    }
  }

  private static final Refusal UNKNOWN = new Refusal(404, "no such stream");

  private final Tickets tickets;
  private final Reception reception;

  Gate(Tickets tickets, Reception reception) {
    this.tickets = tickets;
    this.reception = reception;
  }

  /** All WebSocket subprotocols there are, for the server to know. */
  static List<String> subprotocols() {
    return Stream.concat(
            Stream.of(ChannelForm.values()).map(ChannelForm::id).filter(id -> !id.isEmpty()),
            Stream.of(TUNNEL))
        .toList();
  }

  void arrived(HttpServerRequest request) {
    misshapen(request).ifPresentOrElse(why -> refuse(request, why), () -> admit(request));
  }

  private Optional<Refusal> misshapen(HttpServerRequest request) {
    var method = request.method();
    var length = request.headers().getAll("Content-Length");
    if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.POST)) {
      return Optional.of(new Refusal(405, "method not allowed (expected: GET or POST)"));
    }
    if (foreign(request.headers().getAll("Origin"))) {
      return Optional.of(new Refusal(403, "foreign origin (expected: none)"));
    }
    if (request.headers().contains("Transfer-Encoding")
        || !(length.isEmpty() || length.equals(List.of("0")))) {
      return Optional.of(new Refusal(400, "request with a body (expected: none)"));
    }
    if (request.version() != HttpVersion.HTTP_1_1 || !upgrades(request)) {
      return Optional.of(
          new Refusal(400, "not an upgrade (expected: HTTP/1.1 to SPDY/3.1 or websocket)"));
    }
    return Optional.empty();
  }

  /** A page in a browser has the origin of the URLs that are given out, or none of our making. */
  private boolean foreign(List<String> origins) {
    var own = tickets.base().map(base -> base.getScheme() + "://" + base.getRawAuthority());
    return !origins.stream().allMatch(origin -> own.filter(origin::equalsIgnoreCase).isPresent());
  }

  private static boolean upgrades(HttpServerRequest request) {
    var connection = String.join(",", request.headers().getAll("Connection"));
    return request.headers().getAll("Upgrade").size() == 1
        && listed(connection).stream().anyMatch("upgrade"::equalsIgnoreCase);
  }

  private void admit(HttpServerRequest request) {
    var form = PATH.matcher(pathBehindBase(request));
    if (!form.matches()) {
      refuse(request, UNKNOWN);
      return;
    }
    var token = form.group(2);
    tickets
        .look(token)
        .filter(ticket -> ticket.place().equals(form.group(1)))
        .ifPresentOrElse(
            ticket -> negotiate(request, token, ticket), () -> refuse(request, UNKNOWN));
  }

  private String pathBehindBase(HttpServerRequest request) {
    var path = request.path();
    var begin = tickets.base().map(URI::getRawPath).orElse("");
    return path != null && path.startsWith(begin) ? path.substring(begin.length()) : "";
  }

  private void negotiate(HttpServerRequest request, String token, Ticket ticket) {
    if (HttpTakeover.asked(request)) {
      negotiateSpdy(request, token, ticket);
    } else if ("websocket".equalsIgnoreCase(request.getHeader("Upgrade"))
        && request.method().equals(HttpMethod.GET)) {
      negotiateWebSocket(request, token, ticket);
    } else {
      refuse(request, new Refusal(400, "unknown upgrade (expected: SPDY/3.1 or websocket)"));
    }
  }

  private void negotiateSpdy(HttpServerRequest request, String token, Ticket ticket) {
    var asked = asked(request, VERSIONS);
    if (asked.isEmpty()) {
      refuse(request, new Refusal(400, "header " + VERSIONS + ": none (expected: at least one)"));
      return;
    }
    var offered = ticket instanceof Ticket.PortForward ? List.of(PORTFORWARD) : ExecVersion.ids();
    var agreed = asked.stream().filter(offered::contains).findFirst();
    if (agreed.isEmpty()) {
      refuse(
          request,
          new Refusal(
              403,
              "header " + VERSIONS + ": none known (expected: one of " + offered + ")",
              offered));
      return;
    }
    if (taken(request, token)) {
      reception.spdy(request, ticket, agreed.get());
    }
  }

  private void negotiateWebSocket(HttpServerRequest request, String token, Ticket ticket) {
    var asked = asked(request, SUBPROTOCOLS);
    var offered = subprotocols(ticket);
    var agreed =
        asked.isEmpty() ? Optional.of("") : asked.stream().filter(offered::contains).findFirst();
    if (agreed.isEmpty()) {
      refuse(
          request,
          new Refusal(
              403, "header " + SUBPROTOCOLS + ": none known (expected: one of " + offered + ")"));
      return;
    }
    if (ticket instanceof Ticket.PortForward forward && !agreed.get().equals(TUNNEL)) {
      var ports = forward.ports().size();
      if (ports == 0 || ports > WebSocketPorts.PORTS_MAX) {
        refuse(request, new Refusal(400, "ports: " + ports + " (expected: 1 to 127)"));
        return;
      }
    }
    if (taken(request, token)) {
      if (!asked.isEmpty()) { // what is offered hangs on the path, which the server does not know
        request.headers().set(SUBPROTOCOLS, agreed.get());
      }
      reception.webSocket(request, ticket, agreed.get());
    }
  }

  /** What a ticket's WebSocket may speak. Ports have no fifth version, nor the first. */
  private static List<String> subprotocols(Ticket ticket) {
    if (ticket instanceof Ticket.PortForward) {
      return List.of(TUNNEL, ChannelForm.V4.id(), ChannelForm.V4_BASE64.id());
    }
    return Stream.of(ChannelForm.values())
        .map(ChannelForm::id)
        .filter(id -> !id.isEmpty())
        .toList();
  }

  private boolean taken(HttpServerRequest request, String token) {
    var first = tickets.take(token).isPresent();
    if (!first) {
      refuse(request, UNKNOWN);
    }
    return first;
  }

  private static List<String> asked(HttpServerRequest request, String header) {
    return listed(String.join(",", request.headers().getAll(header)));
  }

  private static List<String> listed(String values) {
    var list = new ArrayList<String>();
    for (var value : values.split(",", -1)) {
      if (!value.isBlank()) {
        list.add(value.strip());
      }
    }
    return list;
  }

  private static void refuse(HttpServerRequest request, Refusal refusal) {
    var response = request.response().setStatusCode(refusal.status());
    response.putHeader("Connection", "close").putHeader("Content-Type", "text/plain");
    if (refusal.status() == 405) {
      response.putHeader("Allow", "GET, POST");
    }
    refusal.accepted().forEach(version -> response.headers().add(ACCEPTED, version));
    response.end(refusal.why() + "\n").onComplete(_ -> request.connection().close());
  }
}
