package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The REST API over TCP, from outside: who comes in, and what they may do there. */
@Tag("root")
class AccessIT {
  private static final Pattern PORT =
      Pattern.compile(
          "REST API is served over TCP.*127\\.0\\.0\\.1:(\\d+)|127\\.0\\.0\\.1:(\\d+).*REST API is served over TCP");

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** An answer. */
  private record Answer(int status, String head, String body) {}

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;
  private SSLContext anyone;

  @AfterEach
  void clear() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  private void start(String api) throws Exception {
    node =
        Node.in(folder)
            .configured(
                "api", "{socket: " + folder + "/run/api.sock, listen: '127.0.0.1:0'" + api + "}")
            .started();
    anyone = context(null);
  }

  @Test
  void aTokenOpensAsMuchAsItsRoleSaysUntilItIsRevoked() throws Exception {
    // Given
    start("");
    var admin = created("--role", "admin");
    var viewer = made(admin, "{\"name\": \"it\", \"role\": \"view\"}");
    var operator = made(admin, "{\"name\": \"it\", \"role\": \"operate\"}");
    var brief = made(admin, "{\"name\": \"it\", \"role\": \"admin\", \"expiresSeconds\": 1}");

    // Then
    assertThat(get("/v1/node", viewer).status()).isEqualTo(200);
    assertThat(get("/v1/node", "").status()).isEqualTo(401);
    assertThat(get("/v1/node", "").head()).contains("WWW-Authenticate: Bearer");
    assertThat(get("/v1/node", viewer + "x").status()).isEqualTo(401);
    assertThat(get("/docs", "").status()).isEqualTo(401);
    assertThat(get("/docs", viewer).body()).contains("getNode", "role view", "</html>");
    assertThat(get("/openapi.json", viewer).body()).contains("\"openapi\"");
    assertThat(get("/v1/nothing-like-it", "").status()).isEqualTo(401);
    assertThat(get("/v1/nothing-like-it", viewer).status()).isEqualTo(404);
    assertThat(get("/v1/containers/unknown", viewer).body())
        .contains("NOT_FOUND", "container: 'unknown' is not here");
    assertThat(asked("DELETE", "/v1/images/abc", viewer, "").body())
        .contains("PERMISSION_DENIED", "removeImage", "has the role view (expected: operate)");
    assertThat(asked("DELETE", "/v1/images/abc", operator, "").status()).isEqualTo(404);
    assertThat(get("/v1/tokens", operator).status()).isEqualTo(403);
    assertThat(get("/v1/tokens", admin).body())
        .contains("\"role\":\"view\"")
        .doesNotContain(secret(admin));

    // When
    var id = viewer.split("_")[1];
    assertThat(node.gantry("token", "revoke", id).code()).isZero();
    node.restart();

    // Then
    assertThat(get("/v1/node", viewer).status()).isEqualTo(401);
    assertThat(get("/v1/node", operator).status()).isEqualTo(200);
    io.gantry.client.Waiting.until(
        java.time.Duration.ofSeconds(10), () -> status("/v1/node", brief) == 401);
    assertThat(node.gantry("token", "list").text()).contains("has expired").doesNotContain(id);
    var log = Files.readString(folder.resolve("gantryd.log"));
    assertThat(log).contains("turned away", "removeImage", "token/it/");
    for (var token : new String[] {viewer, operator, admin, brief}) {
      assertThat(log).doesNotContain(secret(token));
      assertThat(Files.readString(folder.resolve("root/state.db"), StandardCharsets.ISO_8859_1))
          .doesNotContain(secret(token));
    }
  }

  @Test
  void whatIsMalformedOversizedOrTooOftenIsRefused() throws Exception {
    // Given
    start("");
    var operator = created("--role", "operate");

    // Then
    assertThat(asked("POST", "/v1/images", operator, "{").status()).isEqualTo(400);
    assertThat(asked("POST", "/v1/images", operator, "{\"reference\": 7}").body())
        .contains("INVALID_ARGUMENT");
    assertThat(
            asked("POST", "/v1/images", operator, "{\"reference\":\"" + "a".repeat(2 << 20) + "\"}")
                .status())
        .isEqualTo(413);
    assertThat(get("/v1/node\r\nOrigin: https://evil.example", operator).status()).isEqualTo(400);
    assertThat(
            exchange(
                    anyone,
                    "GET /v1/node HTTP/1.1\r\nHost: here\r\nOrigin: https://evil.example\r\nAuthorization: Bearer "
                        + operator
                        + "\r\n\r\n")
                .status())
        .isEqualTo(403);
    assertThat(get("/v1/containers?label=" + "x".repeat(40_000), operator).status()).isIn(414, 431);
    for (var i = 0; i < 5; i++) { // more than any buffer on the way holds: it is read to its end
      assertThat(get("/v1/containers?label=" + "x".repeat(2 << 20), operator).status())
          .isEqualTo(414);
    }
    var statuses = new java.util.ArrayList<Integer>();
    for (var i = 0; i < 16; i++) {
      statuses.add(get("/v1/node", "gantry_000000000000_wrong").status());
    }
    assertThat(statuses).startsWith(401).endsWith(429);
    assertThat(get("/v1/node", operator).status())
        .as("whoever has a token need not wait")
        .isEqualTo(200);
  }

  @Test
  void aCertificateOfTheCaHasTheRoleOfItsName() throws Exception {
    // Given
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ca -keyout ca.key -out ca.crt");
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ops -keyout stranger.key -out stranger.crt");
    for (var name : new String[] {"ops", "guest"}) {
      openssl(
          "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN="
              + name
              + " -keyout "
              + name
              + ".key -out "
              + name
              + ".csr");
      openssl(
          "x509 -req -days 1 -in "
              + name
              + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -out "
              + name
              + ".crt");
    }
    start(", tls: {client-ca: " + folder + "/ca.crt, client-roles: [ops=operate]}");

    // Then
    assertThat(exchange(context("ops"), request("GET", "/v1/node", "", "")).status())
        .isEqualTo(200);
    assertThat(exchange(context("ops"), request("GET", "/v1/tokens", "", "")).body())
        .contains("certificate/ops has the role operate");
    assertThat(exchange(context("guest"), request("GET", "/v1/node", "", "")).status())
        .isEqualTo(401);
    assertThat(exchange(anyone, request("GET", "/v1/node", "", "")).status()).isEqualTo(401);
    assertThat(exchange(context("stranger"), request("GET", "/v1/node", "", "")).status())
        .as("a client keeps a certificate to itself that the CA has not signed")
        .isEqualTo(401);
  }

  @Test
  void theCommandComesInOverTcpByTokenOrCertificate() throws Exception {
    // Given
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ca -keyout ca.key -out ca.crt");
    signed("node", " -addext subjectAltName=IP:127.0.0.1");
    signed("ops", "");
    start(
        ", tls: {certificate: %1$s/node.crt, key: %1$s/node.key, client-ca: %1$s/ca.crt, client-roles: [ops=operate]}"
            .formatted(folder));
    var viewer = created("--role", "view");
    var file = Files.writeString(folder.resolve("token"), viewer + "\n").toString();
    var server = "https://127.0.0.1:" + port();
    var ca = folder.resolve("ca.crt").toString();
    var there = Map.of("GANTRY_SERVER", server, "GANTRY_CA", ca);
    var byToken = with(there, "GANTRY_TOKEN", viewer);
    var byCertificate =
        with(
            with(there, "GANTRY_CERT", folder.resolve("ops.crt").toString()),
            "GANTRY_KEY",
            folder.resolve("ops.key").toString());

    // By flags, and by the environment
    var info = node.gantry("info", "--server", server, "--ca", ca, "--token-file", file);
    assertThat(info.text()).startsWith("gantryd ");
    assertThat(node.gantry(byToken, "images", "-o", "json").text().strip()).isEqualTo("[ ]");
    var prune = node.gantry(byToken, "prune");
    assertThat(prune.code()).isEqualTo(1);
    assertThat(prune.text()).contains("has the role view (expected: operate)");
    assertThat(node.gantry(byCertificate, "prune").code()).isZero();
    assertThat(Files.readString(folder.resolve("gantryd.log"))).contains("certificate/ops");

    // Streams
    var run =
        node.gantry(byCertificate, "run", "--rm", Node.IMAGE, "/bin/sh", "-c", "echo tls; exit 6");
    assertThat(run.text()).contains("tls\n");
    assertThat(run.code()).isEqualTo(6);

    // Who is not known, on either side
    var nobody = node.gantry(there, "info");
    assertThat(nobody.code()).isEqualTo(1);
    assertThat(nobody.text()).contains("who asks is not known");
    var stranger = node.gantry(with(byToken, "GANTRY_CA", ""), "info");
    assertThat(stranger.code()).isEqualTo(3);
    assertThat(stranger.text()).contains(server, "--ca names who signs its certificate");
    var pinned = with(with(byToken, "GANTRY_CA", ""), "GANTRY_FINGERPRINT", fingerprint());
    assertThat(node.gantry(pinned, "info").code()).isZero();
    var other = node.gantry(with(pinned, "GANTRY_FINGERPRINT", "ab".repeat(32)), "info");
    assertThat(other.code()).isEqualTo(3);
    assertThat(other.text()).contains("has the SHA-256 " + fingerprint());

    // What is meant is said
    assertThat(node.gantry("info", "--server", "http://127.0.0.1:1").text())
        .contains("expected: https://HOST:PORT");
    assertThat(node.gantry(there, "info", "--cert", ca).code()).isEqualTo(2);
    var socket = folder.resolve("run/api.sock").toString();
    assertThat(node.gantry(there, "info", "--socket", socket).code()).isZero();
  }

  private void signed(String name, String more) throws Exception {
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN="
            + name
            + (" -keyout " + name + ".key -out " + name + ".csr")
            + more);
    openssl(
        "x509 -req -days 1 -copy_extensions copy -CA ca.crt -CAkey ca.key -CAcreateserial -in "
            + (name + ".csr -out " + name + ".crt"));
  }

  private String fingerprint() throws Exception {
    openssl("x509 -in node.crt -outform DER -out node.der");
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256")
                .digest(Files.readAllBytes(folder.resolve("node.der"))));
  }

  private static Map<String, String> with(Map<String, String> some, String name, String value) {
    var all = new TreeMap<>(some);
    all.put(name, value);
    return all;
  }

  @Test
  void aBrowserOfThisHostSeesThePagesAndNothingElse() throws Exception {
    // Given
    start("");
    var output = folder.resolve("ui.txt");
    var ui = node.begun(output, "ui");
    try {
      assertThat(Waiting.until(PATIENCE, () -> text(output).contains("\n"))).isTrue();
      var url = text(output).strip();
      var port = URI.create(url).getPort();
      assertThat(url).startsWith("http://127.0.0.1:");

      // Then
      var entered = plain(port, "GET " + url.replaceAll(".*:\\d+", ""), "127.0.0.1:" + port, "");
      assertThat(entered).startsWith("HTTP/1.1 303").contains("HttpOnly; SameSite=Strict");
      var cookie = entered.replaceAll("(?s).*(gantry-ui=[^;]+);.*", "$1");
      var host = "127.0.0.1:" + port;
      assertThat(plain(port, "GET /docs", host, cookie)).contains("200 OK", "getNode", "</html>");
      assertThat(plain(port, "GET /openapi.json", host, cookie)).contains("200 OK", "openapi");
      assertThat(plain(port, "GET /docs", host, "")).startsWith("HTTP/1.1 403");
      assertThat(plain(port, "GET /docs", "evil.example", cookie)).startsWith("HTTP/1.1 403");
      assertThat(plain(port, "GET /v1/node", host, cookie)).startsWith("HTTP/1.1 404");
      assertThat(plain(port, "POST /docs", host, cookie)).startsWith("HTTP/1.1 405");
      assertThat(plain(port, "GET " + url.replaceAll(".*:\\d+", ""), host, ""))
          .as("the address works once")
          .startsWith("HTTP/1.1 403");
    } finally {
      ui.destroy();
      ui.waitFor();
    }
  }

  private static String plain(int port, String request, String host, String cookie)
      throws IOException {
    try (var socket = new java.net.Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      var head =
          request + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nCookie: " + cookie;
      socket.getOutputStream().write((head + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  @Test
  void everybodyIsLetInOnlyWhereThatIsSaid() throws Exception {
    // Given
    start(", anonymous-role: view");

    // Then
    assertThat(get("/v1/node", "").status()).isEqualTo(200);
    assertThat(asked("DELETE", "/v1/images/abc", "", "").status()).isEqualTo(403);
    assertThat(get("/v1/node", "gantry_000000000000_wrong").status()).isEqualTo(401);
  }

  @Test
  void plainTextIsNotSpoken() throws Exception {
    // Given
    start("");

    // When
    try (var socket = new java.net.Socket("127.0.0.1", port())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("GET /v1/node HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

      // Then
      assertThat(socket.getInputStream().readNBytes(1))
          .as("an alert of TLS or nothing, and no answer")
          .isNotEqualTo("H".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private String created(String... options) throws Exception {
    var all = new java.util.ArrayList<>(java.util.List.of("token", "create", "it"));
    all.addAll(java.util.List.of(options));
    var said = node.gantry(all.toArray(String[]::new));
    assertThat(said.code()).as(said.text()).isZero();
    return said.text().strip();
  }

  private String made(String admin, String body) throws Exception {
    var answer = asked("POST", "/v1/tokens", admin, body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return answer.body().replaceAll(".*\"text\":\"([^\"]+)\".*", "$1");
  }

  private static String secret(String token) {
    return token.substring("gantry_000000000000_".length());
  }

  private int port() throws IOException {
    var found = PORT.matcher(Files.readString(folder.resolve("gantryd.log"))).results().toList();
    var last = found.getLast();
    return Integer.parseInt(last.group(1) == null ? last.group(2) : last.group(1));
  }

  private Answer get(String path, String token) throws Exception {
    return asked("GET", path, token, "");
  }

  private int status(String path, String token) {
    try {
      return get(path, token).status();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private Answer asked(String method, String path, String token, String body) throws Exception {
    return exchange(anyone, request(method, path, token, body));
  }

  private static String request(String method, String path, String token, String body) {
    return method
        + " "
        + path
        + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
        + (token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n")
        + (body.isEmpty()
            ? ""
            : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n")
        + "\r\n"
        + body;
  }

  private Answer exchange(SSLContext context, String request) throws Exception {
    try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port())) {
      socket.setSoTimeout(20_000);
      try {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      } catch (IOException refusedMeanwhile) {
        // what was answered before all was sent is read all the same
      }
      var text = new String(read(socket.getInputStream()), StandardCharsets.UTF_8);
      var end = text.indexOf("\r\n\r\n");
      assertThat(end).as(text).isPositive();
      return new Answer(
          Integer.parseInt(text.split(" ", 3)[1]), text.substring(0, end), text.substring(end + 4));
    }
  }

  /** As much as comes: an answer whose connection stays open ends with what it announced. */
  private static byte[] read(InputStream in) throws IOException {
    var all = new java.io.ByteArrayOutputStream();
    var block = new byte[8192];
    try {
      for (var n = in.read(block); n >= 0; n = in.read(block)) {
        all.write(block, 0, n);
        var text = all.toString(StandardCharsets.UTF_8);
        var length = Pattern.compile("(?i)content-length: (\\d+)").matcher(text);
        var end = text.indexOf("\r\n\r\n");
        if (end > 0
            && length.find()
            && text.length() >= end + 4 + Integer.parseInt(length.group(1))) {
          break;
        }
      }
    } catch (IOException cut) {
      if (all.size() == 0) {
        throw cut;
      }
    }
    return all.toByteArray();
  }

  /** One that trusts any server, with the certificate of this name, if there is one. */
  private SSLContext context(String name) throws Exception {
    var trusting =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

          @Override
          public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
          }
        };
    var context = SSLContext.getInstance("TLS");
    context.init(
        name == null ? null : keys(name).getKeyManagers(), new TrustManager[] {trusting}, null);
    return context;
  }

  private KeyManagerFactory keys(String name) throws Exception {
    openssl(
        "pkcs12 -export -passout pass:x -in "
            + name
            + ".crt -inkey "
            + name
            + ".key -out "
            + name
            + ".p12");
    var store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(folder.resolve(name + ".p12"))) {
      store.load(in, "x".toCharArray());
    }
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, "x".toCharArray());
    return factory;
  }

  private void openssl(String arguments) throws Exception {
    var line = new java.util.ArrayList<>(java.util.List.of(arguments.split(" ")));
    line.addFirst("openssl");
    var process =
        new ProcessBuilder(line)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("openssl.log").toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("openssl.log"))).isZero();
  }
}
