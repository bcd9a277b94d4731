package io.gantry.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gantry.cli.Signature.Given;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@code gantry ui}: the daemon's pages in a browser of this host. A browser reaches neither a Unix
 * socket nor has it a token, so the command serves the pages, and nothing else, on the loopback.
 * Whoever opens the printed address first gets a cookie, and the address is of no use any more.
 */
final class Ui extends Asking {
  private static final Map<String, String> PAGES =
      Map.of("/docs", "text/html; charset=utf-8", "/openapi.json", "application/json");

  private static final String COOKIE = "gantry-ui";
  private static final int SECRET_BYTES = 32;

  private final Given<Integer> port =
      takes.option("--port=PORT", Integer.class, 0, "On 127.0.0.1. Default: any free one.");

  private final String entry = secret();
  private final String session = secret();
  private final AtomicBoolean entered = new AtomicBoolean();

  Ui() {
    super(
        "ui",
        "Prints an address at which a browser of this host shows the daemon's pages: the contract of"
            + " its API. Serves them until it is interrupted; the address works once.");
    takes.footer("", "Example: gantry ui --port 9480");
  }

  @Override
  void run(RestClient daemon, Console console) {
    daemon.page("/docs"); // who may not see it is told so here
    try {
      var server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port.get()), 0);
      var host = "127.0.0.1:" + server.getAddress().getPort();
      server.createContext("/", exchange -> answer(exchange, host, daemon));
      server.start();
      console.line("http://" + host + "/?key=" + entry);
      new CountDownLatch(1).await();
    } catch (IOException taken) {
      throw new Refused(Refused.NO, "127.0.0.1:" + port.get() + ": " + taken.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static String secret() {
    var bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** A page of another origin cannot get here: it would have another host, or no cookie. */
  private void answer(HttpExchange exchange, String host, RestClient daemon) throws IOException {
    try (exchange) {
      var path = exchange.getRequestURI().getPath();
      if (!host.equals(exchange.getRequestHeaders().getFirst("Host"))) {
        end(exchange, 403, "another host (expected: " + host + ")");
      } else if (!exchange.getRequestMethod().equals("GET")) {
        end(exchange, 405, "only GET");
      } else if (path.equals("/")) {
        enter(exchange);
      } else if (!same(cookie(exchange), session)) {
        end(exchange, 403, "not the browser that opened the address (expected: gantry ui anew)");
      } else if (PAGES.containsKey(path)) {
        page(exchange, path, daemon);
      } else {
        end(exchange, 404, "no such page (expected: /docs)");
      }
    }
  }

  private void enter(HttpExchange exchange) throws IOException {
    var query = Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("");
    if (same(query, "key=" + entry) && entered.compareAndSet(false, true)) {
      exchange
          .getResponseHeaders()
          .add("Set-Cookie", COOKIE + "=" + session + "; HttpOnly; SameSite=Strict; Path=/");
      exchange.getResponseHeaders().add("Location", "/docs");
      end(exchange, 303, "see /docs");
    } else {
      end(exchange, 403, "this address has been used (expected: gantry ui anew)");
    }
  }

  private static boolean same(String given, String wanted) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), wanted.getBytes(StandardCharsets.UTF_8));
  }

  private static String cookie(HttpExchange exchange) {
    for (var one :
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Cookie"))
            .orElse("")
            .split(";", -1)) {
      if (one.strip().startsWith(COOKIE + "=")) {
        return one.strip().substring(COOKIE.length() + 1);
      }
    }
    return "";
  }

  private static void page(HttpExchange exchange, String path, RestClient daemon)
      throws IOException {
    try {
      send(exchange, 200, PAGES.getOrDefault(path, ""), daemon.page(path));
    } catch (Refused refused) {
      end(exchange, 502, String.valueOf(refused.getMessage()));
    }
  }

  private static void end(HttpExchange exchange, int status, String text) throws IOException {
    var body = (text + "\n").getBytes(StandardCharsets.UTF_8);
    send(exchange, status, "text/plain; charset=utf-8", body);
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.add("Content-Type", type);
    headers.add("Cache-Control", "no-store");
    headers.add("Referrer-Policy", "no-referrer");
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
