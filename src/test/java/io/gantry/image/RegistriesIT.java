package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static io.gantry.image.ImageNode.call;
import static io.gantry.image.ImageNode.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.image.FakeRegistry.Heard;
import io.gantry.image.registry.Credentials;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PfxOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is asked, in which order, and who gets to see what. */
@Tag("root")
class RegistriesIT {
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

  private void hosts(String host, String text) throws Exception {
    Files.writeString(
        Files.createDirectories(folder.resolve("certs.d").resolve(host)).resolve("hosts.toml"),
        text);
  }

  private Image pull(String reference, Optional<Credentials> credentials) throws Exception {
    return await(node.start(call(), reference, credentials));
  }

  private String blobPath() {
    return "/v2/app/blobs/" + TestImage.digest(image.layers().getFirst());
  }

  @Test
  void aPasswordIsShownOnceItIsAskedFor() throws Exception {
    // Given
    registry.challenging("Basic realm=\"r\"", BASIC_HEADER);

    // When
    pull(registry.host() + "/app:1", BASIC);

    // Then
    var asked = registry.heard("/v2/app/");
    assertThat(asked.getFirst().authorization()).isEmpty();
    assertThat(asked.subList(1, asked.size()))
        .extracting(Heard::authorization)
        .containsOnly(BASIC_HEADER);
    assertThat(asked).hasSize(4);
  }

  @Test
  void aTokenIsFetchedFromTheServerThatTheRegistryNames() throws Exception {
    // Given
    registry.challenging(
        "Bearer realm=\"" + other.url() + "/token\",service=\"s\",scope=\"repository:app:pull\"",
        "Bearer t0ken");

    // When
    pull(registry.host() + "/app:1", BASIC);

    // Then
    assertThat(other.heard())
        .singleElement()
        .satisfies(
            asked -> {
              assertThat(asked.line())
                  .isEqualTo("GET /token?service=s&scope=repository%3Aapp%3Apull");
              assertThat(asked.authorization()).isEqualTo(BASIC_HEADER);
            });
    assertThat(registry.heard()).extracting(Heard::authorization).doesNotContain(BASIC_HEADER);
  }

  @Test
  void aTokenIsFetchedWithoutCredentialsToo() throws Exception {
    // Given
    registry.challenging("Bearer realm=\"" + other.url() + "/token\"", "Bearer t0ken");

    // When
    pull(registry.host() + "/app:1", Optional.empty());

    // Then
    assertThat(other.heard())
        .containsExactly(new Heard("GET /token?scope=repository%3Aapp%3Apull", "", ""));
  }

  @Test
  void aRefreshTokenIsExchangedAndABearerTokenShownAsItIs() throws Exception {
    // Given
    registry.challenging("Bearer realm=\"" + other.url() + "/token\"", "Bearer t0ken");

    // When
    pull(registry.host() + "/app:1", Optional.of(new Credentials.Identity("refresh")));
    pull(registry.host() + "/app:1", Optional.of(new Credentials.Bearer("t0ken")));

    // Then
    assertThat(other.heard()).containsExactly(new Heard("POST /token", "", ""));
  }

  @Test
  void wrongCredentialsAreRefusedAlsoForAnImageThatIsHere() throws Exception {
    // Given
    pull(registry.host() + "/app:1", Optional.empty());
    registry.challenging("Basic realm=\"r\"", "Basic other");

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app:1", BASIC));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("access denied").hasMessageNotContaining("secret");
  }

  @Test
  void credentialsDoNotFollowARedirect() throws Exception {
    // Given
    registry
        .challenging("Basic realm=\"r\"", BASIC_HEADER)
        .redirecting(blobPath(), other.url() + "/storage");
    other.put("/storage", image.layers().getFirst());

    // When
    pull(registry.host() + "/app:1", BASIC);

    // Then
    assertThat(other.heard()).containsExactly(new Heard("GET /storage", "", ""));
  }

  @Test
  void redirectsEnd() throws Exception {
    // Given
    registry.redirecting(blobPath(), blobPath());

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app:1"));

    // Then
    assertThat(fault).hasMessageContaining("redirects without an end");
  }

  @Test
  void aMirrorIsAskedFirstAndSeesNoCredentials() throws Exception {
    // Given
    hosts("upstream.test", "server = '%s'\n[host.'%s']\n".formatted(registry.url(), other.url()));
    registry.challenging("Basic realm=\"r\"", BASIC_HEADER);
    other.challenging("Basic realm=\"r\"", "nothing");

    // When
    var pulled = pull("upstream.test/app:1", BASIC);

    // Then
    assertThat(pulled.tags()).containsExactly("upstream.test/app:1");
    assertThat(other.heard().getFirst().line())
        .isEqualTo("GET /v2/app/manifests/1?ns=upstream.test");
    assertThat(other.heard()).extracting(Heard::authorization).containsOnly("");
    assertThat(registry.heard("?ns=")).isEmpty();
  }

  @Test
  void aMirrorThatIsDownOrLacksTheImageIsPassedOver() throws Exception {
    // Given
    hosts(
        "upstream.test",
        "server = '%s'\n[host.'http://127.0.0.1:1']\n[host.'%s']\n"
            .formatted(registry.url(), other.url()));

    // When
    var pulled = pull("upstream.test/app:1", Optional.empty());

    // Then
    assertThat(pulled.id()).isEqualTo(image.id());
    assertThat(other.heard()).isNotEmpty();
  }

  @Test
  void aMirrorThatMayNotResolveServesContentOnly() throws Exception {
    // Given
    hosts(
        "upstream.test",
        "server = '%s'\n[host.'%s']\ncapabilities = ['pull']\n"
            .formatted(registry.url(), other.url()));
    other.with("app", "1", TestImage.of()).with("app", "unasked", image);

    // When
    var pulled = pull("upstream.test/app:1", Optional.empty());

    // Then
    assertThat(pulled.id()).isEqualTo(image.id());
    assertThat(other.heard("manifests")).isEmpty();
    assertThat(other.heard("GET /v2/app/blobs/")).hasSize(2);
    assertThat(registry.heard("GET /v2/app/blobs/")).isEmpty();
  }

  @Test
  void aCertificateIsCheckedUnlessTheAdministratorSaysOtherwise() throws Exception {
    // Given
    var store = folder.resolve("server.p12");
    keytool("-genkeypair", "-keyalg", "EC", "-dname", "CN=t", "-ext", "SAN=IP:127.0.0.1", store);
    keytool("-exportcert", "-rfc", "-file", folder.resolve("ca.crt").toString(), store);
    var options =
        new HttpServerOptions()
            .setKeyCertOptions(new PfxOptions().setPath(store.toString()).setPassword("changeit"));
    var encrypted = FakeRegistry.encrypted(vertx, options).with("app", "1", image);
    var server = "server = '" + encrypted.url() + "'\n";

    // When
    hosts("plain.test", server);
    hosts("skipping.test", server + "skip_verify = true");
    hosts("trusting.test", server + "ca = '" + folder.resolve("ca.crt") + "'");
    var untrusted = faultOf(node.start(call(), "plain.test/app:1"));

    // Then
    assertThat(untrusted.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(untrusted).hasMessageContaining("TLS failed");
    assertThat(pull("skipping.test/app:1", Optional.empty()).id()).isEqualTo(image.id());
    assertThat(pull("trusting.test/app:1", Optional.empty()).id()).isEqualTo(image.id());
    assertThat(pull(encrypted.host() + "/app:1", Optional.empty()).id())
        .as("on this machine")
        .isEqualTo(image.id());
    encrypted.close();
  }

  private static void keytool(Object... arguments) throws Exception {
    var command = new java.util.ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    for (var i = 0; i < arguments.length - 1; i++) {
      command.add(arguments[i].toString());
    }
    command.addAll(
        java.util.List.of(
            "-keystore",
            arguments[arguments.length - 1].toString(),
            "-storetype",
            "PKCS12",
            "-storepass",
            "changeit",
            "-alias",
            "a"));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0).isTrue();
  }

  @Test
  void aManifestThatIsTooLargeIsNotReadToItsEnd() throws Exception {
    // Given
    registry.manifest("app", "1", TestImage.MANIFEST_TYPE, new byte[5 * 1024 * 1024]);

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app:1"));

    // Then
    assertThat(fault).hasMessageContaining("more than 4194304 bytes");
  }

  @Test
  void aServerThatFailsIsSaidToBeUnavailable() throws Exception {
    // Given
    registry.refusing("/v2/app/manifests/1", 503);

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app:1"));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(fault.getMessage()).startsWith("RegistryUnavailable: ").contains("status 503");
  }

  @Test
  void aManifestOfAnotherDigestIsRefused() throws Exception {
    // Given
    var wanted = TestImage.digest(new byte[] {1});
    registry.put("/v2/app/manifests/" + wanted, image.manifest());

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app@" + wanted));

    // Then
    assertThat(fault).hasMessageContaining("manifest: digest " + image.manifestDigest());
  }
}
