package io.gantry.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say where the daemon is, and who asks. */
final class Where {
  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "${env:GANTRY_API_SOCKET:-/run/gantry/api.sock}",
      description = "The daemon's API socket. Default: ${DEFAULT-VALUE}")
  private Path socket = Path.of("/run/gantry/api.sock");

  @Option(
      names = "--server",
      paramLabel = "URL",
      defaultValue = "${env:GANTRY_SERVER:-}",
      description = "A daemon elsewhere, as https://HOST:PORT. [GANTRY_SERVER]")
  private String server = "";

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      defaultValue = "${env:GANTRY_TOKEN_FILE:-}",
      description =
          "For --server: a token's text. [GANTRY_TOKEN_FILE, or the text in GANTRY_TOKEN]")
  private String tokenFile = "";

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      defaultValue = "${env:GANTRY_CA:-}",
      description = "For --server: who signs its certificate. [GANTRY_CA]")
  private String ca = "";

  @Option(
      names = "--fingerprint",
      paramLabel = "SHA256",
      defaultValue = "${env:GANTRY_FINGERPRINT:-}",
      description =
          "For --server: its certificate, as the daemon's log has it. [GANTRY_FINGERPRINT]")
  private String fingerprint = "";

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      defaultValue = "${env:GANTRY_CERT:-}",
      description = "For --server: a certificate in place of a token. [GANTRY_CERT]")
  private String certificate = "";

  @Option(
      names = "--key",
      paramLabel = "FILE",
      defaultValue = "${env:GANTRY_KEY:-}",
      description = "For --cert: its key. [GANTRY_KEY]")
  private String key = "";

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  Where() {}

  /** A socket that is named on the line is meant, whatever the environment says. */
  Route route() {
    var named = spec.commandLine().getParseResult();
    if (server.isEmpty()
        || (named.hasMatchedOption("--socket") && !named.hasMatchedOption("--server"))) {
      return new Route.OverSocket(socket);
    }
    if (certificate.isEmpty() != key.isEmpty()) {
      throw wrongUsage("--cert and --key: one of them (expected: both)");
    }
    try {
      return TlsRoute.to(
          uri(), new TlsRoute.Proof(file(ca), sha256(), file(certificate), file(key), token()));
    } catch (IOException unreadable) {
      throw wrongUsage(String.valueOf(unreadable.getMessage()));
    }
  }

  private URI uri() {
    try {
      var uri = new URI(server.replaceFirst("/$", ""));
      if ("https".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.getPort() > 0
          && uri.getRawPath().isEmpty()
          && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException nonsense) {
      throw wrongUsage("--server: '" + server + "' (expected: https://HOST:PORT)");
    }
    throw wrongUsage("--server: '" + server + "' (expected: https://HOST:PORT)");
  }

  private Optional<String> sha256() {
    var plain = fingerprint.replace(":", "");
    if (!plain.isEmpty() && !plain.matches("[0-9A-Fa-f]{64}")) {
      throw wrongUsage("--fingerprint: '" + fingerprint + "' (expected: 64 hexadecimal digits)");
    }
    return Optional.of(plain).filter(it -> !it.isEmpty());
  }

  private static Optional<Path> file(String name) {
    return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
  }

  /** No option takes the text itself: the lines of processes are there for everybody to read. */
  private Optional<String> token() throws IOException {
    var file = file(tokenFile);
    var text =
        file.isPresent() ? Files.readString(file.get()).strip() : System.getenv("GANTRY_TOKEN");
    return Optional.ofNullable(text).map(String::strip).filter(it -> !it.isEmpty());
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
