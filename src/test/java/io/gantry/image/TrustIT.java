package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static io.gantry.image.ImageNode.call;
import static io.gantry.image.ImageNode.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.image.FakeRegistry.Heard;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.Proxies;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What registries ask of a node, what it shows to whom, and the way it takes to them. */
@Tag("root")
class TrustIT {
  private static final Optional<Credentials> BASIC =
      Optional.of(new Credentials.Basic("user", "secret"));
  private static final String BASIC_HEADER = "Basic dXNlcjpzZWNyZXQ=";

  private final TestImage image = TestImage.of(new TarBytes().file("f", "content").add().end());

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private ImageNode node;
  private FakeRegistry registry;
  private FakeRegistry other;

  @BeforeEach
  void open() throws Exception {
    node = new ImageNode(vertx, folder);
    registry = FakeRegistry.open(vertx).with("app", "1", image);
    other = FakeRegistry.open(vertx);
  }

  @AfterEach
  void close() throws Exception {
    registry.close();
    other.close();
    node.close();
    await(vertx.close());
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private String blobPath() {
    return "/v2/app/blobs/" + TestImage.digest(image.layers().getFirst());
  }

  @Test
  void aTokenThatEndsInTheMiddleIsReplaced() throws Exception {
    // Given
    registry.issuingTokens(1);

    // When
    node.pull(registry.host() + "/app:1");

    // Then
    assertThat(registry.heard("GET /token")).as("manifest, config, layer").hasSize(3);
  }

  @Test
  void aServerThatIsBusyIsAskedAgainWhenItSays() throws Exception {
    // Given
    registry.busy("/v2/app/manifests/1", 2, "1");
    var begun = System.nanoTime();

    // When
    node.pull(registry.host() + "/app:1");

    // Then
    assertThat(registry.heard("/v2/app/manifests/1")).hasSize(3);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)).isGreaterThan(1900);
  }

  @Test
  void aServerThatIsBusyForTooLongIsToldOf() throws Exception {
    // Given
    registry.busy("/v2/app/manifests/1", 1, "3600");

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app:1"));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
    assertThat(fault).hasMessageContaining("status 429: toomanyrequests");
  }

  /** Whoever stands where a redirect leads may ask, but is not answered. */
  @Test
  void anotherHostThatAsksForCredentialsGetsNone() throws Exception {
    // Given
    registry.redirecting(blobPath(), other.url() + "/storage");
    other
        .put("/storage", image.layers().getFirst())
        .challenging("Bearer realm=\"" + other.url() + "/token\"", "Bearer t0ken");

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app:1", BASIC));

    // Then
    assertThat(fault).hasMessageContaining("access denied");
    assertThat(other.heard()).containsExactly(new Heard("GET /storage", "", ""));
  }

  @Test
  void theNodesOwnCredentialsServePullsThatBringNone() throws Exception {
    // Given
    registry.challenging("Basic realm=\"r\"", BASIC_HEADER);
    Files.writeString(
        folder.resolve("auth.json"),
        "{\"auths\": {\"https://%s/v2/\": {\"auth\": \"dXNlcjpzZWNyZXQ=\"}}}"
            .formatted(registry.host()));

    // When
    var pulled = node.pull(registry.host() + "/app:1");
    var own =
        faultOf(
            node.start(
                call(),
                registry.host() + "/app:1",
                Optional.of(new Credentials.Basic("user", "another"))));

    // Then
    assertThat(pulled.id()).isEqualTo(image.id());
    assertThat(own).as("what comes with a pull goes first").hasMessageContaining("access denied");
  }

  @Test
  void aServerThatAsksForACertificateIsShownOurs() throws Exception {
    // Given
    certificate("server", "/CN=server", "subjectAltName=IP:127.0.0.1");
    certificate("node", "/CN=node", "extendedKeyUsage=clientAuth");
    var secured =
        FakeRegistry.encrypted(
                vertx,
                new HttpServerOptions()
                    .setKeyCertOptions(
                        new PemKeyCertOptions()
                            .setCertPath(folder.resolve("server.crt").toString())
                            .setKeyPath(folder.resolve("server.key").toString()))
                    .setTrustOptions(
                        new PemTrustOptions().addCertPath(folder.resolve("node.crt").toString()))
                    .setClientAuth(ClientAuth.REQUIRED))
            .with("app", "1", image);
    var both = Files.readString(file("node.crt")) + Files.readString(file("node.key"));
    Files.writeString(file("both.pem"), both);
    var server = "server = '%s'\nca = '%s'\n".formatted(secured.url(), file("server.crt"));

    // When
    hosts("none.test", server);
    hosts("one.test", server + "client = '" + file("both.pem") + "'");
    hosts(
        "pair.test",
        server + "client = [['%s', '%s']]".formatted(file("node.crt"), file("node.key")));
    var refused = faultOf(node.start(call(), "none.test/app:1"));

    // Then
    assertThat(refused).hasMessageContaining(secured.url());
    assertThat(node.pull("one.test/app:1").id()).isEqualTo(image.id());
    assertThat(node.pull("pair.test/app:1").id()).isEqualTo(image.id());
    secured.close();
  }

  private void hosts(String host, String text) throws Exception {
    Files.writeString(
        Files.createDirectories(folder.resolve("certs.d").resolve(host)).resolve("hosts.toml"),
        text);
  }

  private void certificate(String name, String subject, String extension) throws Exception {
    var process =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                subject,
                "-addext",
                extension,
                "-keyout",
                folder.resolve(name + ".key").toString(),
                "-out",
                folder.resolve(name + ".crt").toString())
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  /** A name that exists nowhere, so that only the proxy can have known the way. */
  @Test
  void requestsGoThroughTheProxyOfTheEnvironment() throws Exception {
    // Given
    hosts("plain.test", "server = 'http://registry.invalid:5000'");
    hosts("excepted.test", "server = 'http://excepted.invalid:5000'");
    var asked = new CopyOnWriteArrayList<String>();
    var client = vertx.createHttpClient();
    var proxy =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  asked.add(request.method() + " " + request.uri());
                  asked.add(String.valueOf(request.getHeader("Proxy-Authorization")));
                  var address = registry.url() + java.net.URI.create(request.uri()).getPath();
                  client
                      .request(
                          new io.vertx.core.http.RequestOptions()
                              .setMethod(request.method())
                              .setAbsoluteURI(address))
                      .compose(io.vertx.core.http.HttpClientRequest::send)
                      .onSuccess(
                          answer -> {
                            request.response().setStatusCode(answer.statusCode());
                            request.response().headers().addAll(answer.headers());
                            answer.pipeTo(request.response());
                          });
                })
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS);
    node.through(
        Proxies.from(
            Map.of(
                "http_proxy",
                "http://user:s%2Fcret@127.0.0.1:" + proxy.actualPort(),
                "NO_PROXY",
                "10.0.0.0/8,excepted.invalid")));

    // When
    var pulled = node.pull("plain.test/app:1");
    var excepted = faultOf(node.start(call(), "excepted.test/app:1"));

    // Then
    assertThat(pulled.id()).isEqualTo(image.id());
    assertThat(asked).contains("GET http://registry.invalid:5000/v2/app/manifests/1");
    assertThat(asked).contains("Basic dXNlcjpzL2NyZXQ=").doesNotContain("null");
    assertThat(excepted.getMessage()).startsWith("RegistryUnavailable: ");
    assertThat(asked).noneMatch(line -> line.contains("excepted"));
    await(proxy.close());
    await(client.close());
  }

  @Test
  void encryptedRequestsGoThroughATunnel() throws Exception {
    // Given
    certificate("server", "/CN=server", "subjectAltName=DNS:registry.invalid");
    var secured =
        FakeRegistry.encrypted(
                vertx,
                new HttpServerOptions()
                    .setKeyCertOptions(
                        new PemKeyCertOptions()
                            .setCertPath(folder.resolve("server.crt").toString())
                            .setKeyPath(folder.resolve("server.key").toString())))
            .with("app", "1", image);
    hosts("tunnel.test", "server = 'https://registry.invalid'\nca = '" + file("server.crt") + "'");
    var tunnels = new CopyOnWriteArrayList<String>();
    var client = vertx.createNetClient();
    var port = Integer.parseInt(secured.host().substring(secured.host().indexOf(':') + 1));
    var proxy =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  tunnels.add(request.method() + " " + request.uri());
                  client
                      .connect(port, "127.0.0.1")
                      .onSuccess(
                          up ->
                              request
                                  .toNetSocket()
                                  .onSuccess(
                                      down -> {
                                        up.pipeTo(down);
                                        down.pipeTo(up);
                                      }));
                })
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS);
    node.through(Proxies.from(Map.of("HTTPS_PROXY", "127.0.0.1:" + proxy.actualPort())));

    // When
    var pulled = node.pull("tunnel.test/app:1");

    // Then
    assertThat(pulled.id()).isEqualTo(image.id());
    assertThat(List.copyOf(tunnels)).isNotEmpty().containsOnly("CONNECT registry.invalid:443");
    secured.close();
    await(proxy.close());
    await(client.close());
  }
}
