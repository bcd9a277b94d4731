package io.gantry.api;

import io.gantry.access.Access;
import io.gantry.access.Role;
import io.gantry.call.Actor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before every request: says who asks, or turns them away. What comes over the Unix socket
 * has been let in by its file permissions; whoever comes over TCP has a token, a certificate, or
 * the role of everybody, if there is one.
 */
final class Guard {
  private static final Logger AUDIT = LoggerFactory.getLogger("gantry.audit");
  private static final String BEARER = "Bearer ";
  private static final String ANYBODY = "*";

  /** Requests of one identity over TCP. */
  private static final int REQUESTS_PER_SECOND = 50;

  /** Wrong tokens from one address, a minute. */
  private static final int MISTAKES_PER_MINUTE = 12;

  private final Access access;
  private final Map<String, Role> clientRoles;
  private final Optional<Role> anonymous;
  private final Pace requests =
      new Pace(REQUESTS_PER_SECOND, 4 * REQUESTS_PER_SECOND, System::nanoTime);
  private final Pace mistakes =
      new Pace(MISTAKES_PER_MINUTE / 60.0, MISTAKES_PER_MINUTE, System::nanoTime);

  Guard(Access access, Optional<ApiConfig.Tcp> tcp) {
    this.access = access;
    this.clientRoles = tcp.map(ApiConfig.Tcp::clientRoles).orElse(Map.of());
    this.anonymous = tcp.flatMap(ApiConfig.Tcp::anonymous);
  }

  void arrived(RoutingContext context) {
    var request = context.request();
    if (request.headers().contains(HttpHeaders.UPGRADE)) {
      request.pause(); // one that has been read to its end becomes no WebSocket any more
    }
    if (request.connection().localAddress().isDomainSocket()) {
      Identity.SOCKET.keep(context);
      context.next();
      return;
    }
    var remote = String.valueOf(request.remoteAddress().hostAddress());
    if (foreign(request)) {
      refuse(context, 403, "PERMISSION_DENIED", "a page of another origin (expected: none)");
    } else {
      identity(request).ifPresentOrElse(it -> admit(context, it), () -> unknown(context, remote));
    }
  }

  /** Nobody guesses 256 bits: the bound is for the log, and keeps out nobody who has a token. */
  private void unknown(RoutingContext context, String remote) {
    if (!mistakes.take(remote)) {
      tell(context, 429, "RESOURCE_EXHAUSTED", "too many wrong tokens (expected: patience)");
      return;
    }
    context.response().putHeader("WWW-Authenticate", "Bearer realm=\"gantry\"");
    refuse(
        context,
        401,
        "UNAUTHENTICATED",
        "who asks is not known (expected: a token that is good, as Authorization: Bearer, or a"
            + " client certificate with a role)");
  }

  private void admit(RoutingContext context, Identity identity) {
    if (!requests.take(identity.actor().name())) {
      refuse(
          context,
          429,
          "RESOURCE_EXHAUSTED",
          "too many requests (expected: " + REQUESTS_PER_SECOND + " a second)");
      return;
    }
    identity.keep(context);
    context.next();
  }

  /** No page in a browser has any business here: there is no CORS, and WebSockets know none. */
  private static boolean foreign(HttpServerRequest request) {
    var origin = request.getHeader("Origin");
    return origin != null && !origin.equalsIgnoreCase("https://" + request.getHeader("Host"));
  }

  /** A token that is not good opens nothing, whatever else the client has. */
  private Optional<Identity> identity(HttpServerRequest request) {
    var header = request.getHeader("Authorization");
    if (header != null) {
      return header.regionMatches(true, 0, BEARER, 0, BEARER.length())
          ? access
              .known(header.substring(BEARER.length()).strip())
              .map(it -> new Identity(new Actor("token", it.name() + "/" + it.id()), it.role()))
          : Optional.empty();
    }
    return certified(request)
        .or(() -> anonymous.map(role -> new Identity(new Actor("api", "anonymous"), role)));
  }

  private Optional<Identity> certified(HttpServerRequest request) {
    return commonName(request)
        .flatMap(
            name ->
                Optional.ofNullable(clientRoles.get(name))
                    .or(() -> Optional.ofNullable(clientRoles.get(ANYBODY)))
                    .map(role -> new Identity(new Actor("certificate", name), role)));
  }

  /** Of a certificate that the CA has signed: the handshake has seen to that. */
  private static Optional<String> commonName(HttpServerRequest request) {
    var session = request.sslSession();
    if (session == null) {
      return Optional.empty();
    }
    try {
      var subject = (X509Certificate) session.getPeerCertificates()[0];
      return new LdapName(subject.getSubjectX500Principal().getName())
          .getRdns().stream()
              .filter(it -> it.getType().equalsIgnoreCase("CN"))
              .map(it -> String.valueOf(it.getValue()))
              .findFirst();
    } catch (SSLPeerUnverifiedException | InvalidNameException none) {
      return Optional.empty();
    }
  }

  /** Turns somebody away, and writes down that. */
  static void refuse(RoutingContext context, int status, String kind, String detail) {
    AUDIT
        .atWarn()
        .addKeyValue("status", status)
        .addKeyValue("remote", context.request().remoteAddress())
        .addKeyValue("method", context.request().method())
        .addKeyValue("path", context.request().path())
        .log("turned away");
    tell(context, status, kind, detail);
  }

  private static void tell(RoutingContext context, int status, String kind, String detail) {
    Door.problem(
        context,
        new JsonObject()
            .put("type", "about:blank")
            .put("title", kind.toLowerCase(java.util.Locale.ROOT).replace('_', ' '))
            .put("status", status)
            .put("detail", detail)
            .put("kind", kind));
  }
}
