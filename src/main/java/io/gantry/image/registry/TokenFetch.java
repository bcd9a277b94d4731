package io.gantry.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.image.registry.Sender.Request;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A token from the server that a Bearer challenge names (distribution, "Token Authentication
 * Specification" and "OAuth2"). Credentials go there only encrypted, or within this machine, or to
 * the registry's own origin.
 */
final class TokenFetch {
  private static final long BYTES_MAX = 1024 * 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Patience sender;
  private final Responses responses;

  TokenFetch(Patience sender, Responses responses) {
    this.sender = sender;
    this.responses = responses;
  }

  Future<String> fetch(
      Call call,
      Endpoint endpoint,
      Challenge challenge,
      String repository,
      Optional<Credentials> credentials) {
    var realm = realm(endpoint, challenge);
    if (credentials.isPresent()
        && !Origins.isPrivate(realm)
        && !Origins.same(realm, endpoint.base())) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "token server: " + Origins.of(realm) + " (expected: https, to send credentials)"));
    }
    var asked = new LinkedHashMap<String, String>();
    challenge.parameter("service").ifPresent(service -> asked.put("service", service));
    asked.put("scope", challenge.parameter("scope").orElse("repository:" + repository + ":pull"));
    var request = request(endpoint, realm, asked, credentials);
    return sender
        .send(call, request)
        .compose(response -> responses.body(call, response, request.origin(), BYTES_MAX))
        .map(body -> token(body, Origins.of(realm)));
  }

  private static URI realm(Endpoint endpoint, Challenge challenge) {
    var text = challenge.parameter("realm").orElse("");
    try {
      var realm = endpoint.base().resolve(new URI(text));
      var scheme = Origins.scheme(realm);
      if (!text.isEmpty()
          && realm.getHost() != null
          && (scheme.equals("https") || scheme.equals("http"))) {
        return realm;
      }
    } catch (URISyntaxException _) {
      // Told below.
    }
    throw RuntimeFault.precondition(
        endpoint.origin() + ": token realm '" + text + "' (expected: an http or https address)");
  }

  private static Request request(
      Endpoint endpoint, URI realm, Map<String, String> asked, Optional<Credentials> credentials) {
    // Where a password goes, the certificate is checked, unless it is the very host for which the
    // administrator has said otherwise.
    var tls =
        credentials.isEmpty() || Origins.same(realm, endpoint.base())
            ? endpoint.tls()
            : endpoint.tls().verifying();
    return switch (credentials.orElse(null)) {
      case Credentials.Identity(var token) -> exchange(realm, tls, asked, token);
      case Credentials.Basic basic -> {
        var get = get(realm, tls, asked);
        get.headers().add("Authorization", Authorization.basic(basic));
        yield get;
      }
      case Credentials.Bearer _ -> get(realm, tls, asked);
      case null -> get(realm, tls, asked);
    };
  }

  private static Request get(URI realm, Tls tls, Map<String, String> asked) {
    var separator = realm.getRawQuery() == null ? "?" : "&";
    return Request.of(HttpMethod.GET, URI.create(realm + separator + form(asked)), tls);
  }

  private static Request exchange(
      URI realm, Tls tls, Map<String, String> asked, String refreshToken) {
    asked.put("grant_type", "refresh_token");
    asked.put("client_id", "gantry");
    asked.put("refresh_token", refreshToken);
    return new Request(
        HttpMethod.POST,
        realm,
        tls,
        Optional.empty(),
        MultiMap.caseInsensitiveMultiMap().add("Content-Type", "application/x-www-form-urlencoded"),
        Buffer.buffer(form(asked)));
  }

  private static String form(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> field.getKey() + "=" + encoded(field.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String token(Buffer body, String origin) {
    try {
      var answer = JSON.readTree(body.getBytes());
      var token = answer.path("token").asText("");
      var found = token.isEmpty() ? answer.path("access_token").asText("") : token;
      if (!found.isEmpty()) {
        return found;
      }
    } catch (JsonProcessingException _) {
      // Told below, without the text: it may hold a secret.
    } catch (IOException impossible) {
      throw new AssertionError("read from memory", impossible);
    }
    throw RuntimeFault.precondition(
        "token server: " + origin + ": no token (expected: JSON with token or access_token)");
  }
}
