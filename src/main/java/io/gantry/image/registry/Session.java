package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.image.registry.Sender.Request;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint, asked about one repository in one pull: answers challenges and follows redirects.
 * What another origin is redirected to sees neither credentials nor configured headers.
 */
final class Session {
  private static final int REDIRECTS_MAX = 10;
  private static final Set<Integer> REDIRECT = Set.of(301, 302, 303, 307, 308);

  private final Patience sender;
  private final Responses responses;
  private final Endpoint endpoint;
  private final Authorization authorization;
  private final String repository;
  private final String namespace;

  /**
   * @param namespace tells a mirror of several hosts which one is meant, as containerd does; {@code
   *     ""} for none
   */
  Session(
      Patience sender,
      Responses responses,
      Endpoint endpoint,
      Authorization authorization,
      String repository,
      String namespace) {
    this.sender = sender;
    this.responses = responses;
    this.endpoint = endpoint;
    this.authorization = authorization;
    this.repository = repository;
    this.namespace = namespace;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  Responses responses() {
    return responses;
  }

  /**
   * One question.
   *
   * @param accept which types are understood
   * @param verified whether a hash checks the answer
   * @param from the first byte that is wanted
   */
  record Question(HttpMethod method, String path, String accept, boolean verified, long from) {
    Question(HttpMethod method, String path, String accept, boolean verified) {
      this(method, path, accept, verified, 0);
    }
  }

  /** An answer and who gave it: redirects may have led away from the endpoint. */
  private record Answer(HttpClientResponse response, URI address) {}

  /** The answer, paused: any status but a redirect, and 401 only when it is final. */
  Future<HttpClientResponse> ask(Call call, Question question) {
    var address = address(question.path());
    return hop(call, question, address, 0)
        .compose(
            answer ->
                isChallenge(answer)
                    ? challenged(call, question, address, answer.response())
                    : Future.succeededFuture(answer.response()));
  }

  /** What another origin asks for, it does not get: neither credentials nor a token. */
  private boolean isChallenge(Answer answer) {
    return answer.response().statusCode() == 401 && Origins.same(answer.address(), endpoint.base());
  }

  private URI address(String path) {
    var query = namespace.isEmpty() ? "" : "?ns=" + namespace;
    return URI.create(endpoint.base() + "/" + repository + path + query);
  }

  private Future<HttpClientResponse> challenged(
      Call call, Question question, URI address, HttpClientResponse response) {
    return authorization
        .answer(call, response.headers().getAll("WWW-Authenticate"))
        .compose(
            answered ->
                answered
                    ? responses
                        .drained(call, response, endpoint.origin())
                        .compose(_ -> hop(call, question, address, 0))
                        .map(Answer::response)
                    : Future.succeededFuture(response));
  }

  private Future<Answer> hop(Call call, Question question, URI address, int hops) {
    return sender
        .send(call, request(question, address))
        .compose(
            response ->
                isRedirect(response) && !question.method().equals(HttpMethod.HEAD)
                    ? redirected(call, question, address, response, hops)
                    : Future.succeededFuture(new Answer(response, address)));
  }

  /** A redirected HEAD is an answer: what signed addresses point to often refuses a HEAD. */
  static boolean isRedirect(HttpClientResponse response) {
    return REDIRECT.contains(response.statusCode());
  }

  private Future<Answer> redirected(
      Call call, Question question, URI from, HttpClientResponse response, int hops) {
    var to = target(from, response.getHeader("Location"), question);
    if (hops == REDIRECTS_MAX) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              endpoint.origin() + ": redirects without an end (expected: " + hops + " at most)"));
    }
    return responses
        .drained(call, response, Origins.of(from))
        .compose(_ -> hop(call, question, to, hops + 1));
  }

  /** Only what a hash checks may come without encryption after a redirect. */
  private static URI target(URI from, @Nullable String location, Question question) {
    try {
      var to = from.resolve(new URI(location == null ? "" : location));
      var scheme = Origins.scheme(to);
      var safe =
          scheme.equals("https")
              || (scheme.equals("http")
                  && (question.verified() || Origins.scheme(from).equals("http")));
      if (location != null && to.getHost() != null && safe) {
        return to;
      }
    } catch (URISyntaxException _) {
      // Told below.
    }
    throw RuntimeFault.precondition(
        Origins.of(from) + ": redirects to '" + clipped(location) + "' (expected: https)");
  }

  private static String clipped(@Nullable String location) {
    return location == null ? "" : location.substring(0, Math.min(200, location.length()));
  }

  private Request request(Question question, URI address) {
    var headers = MultiMap.caseInsensitiveMultiMap();
    if (!question.accept().isEmpty()) {
      headers.add("Accept", question.accept());
    }
    if (question.from() > 0) {
      headers.add("Range", "bytes=" + question.from() + "-");
    }
    var own = Origins.same(address, endpoint.base());
    if (own) {
      endpoint.headers().forEach(headers::add);
      authorization.header().ifPresent(value -> headers.set("Authorization", value));
    }
    return new Request(
        question.method(),
        address,
        own ? endpoint.tls() : endpoint.tls().anonymous(),
        endpoint.dialTimeout(),
        headers,
        Buffer.buffer());
  }
}
