package io.gantry.cli;

import io.gantry.cli.Signature.Given;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The options that say where the daemon is, and who asks. */
final class Where {
  private final CommandSpec spec;
  private final Given<Path> socket;
  private final Given<String> server;
  private final Given<String> tokenFile;
  private final Given<String> ca;
  private final Given<String> fingerprint;
  private final Given<String> certificate;
  private final Given<String> key;

  Where(Signature takes) {
    spec = takes.spec();
    socket =
        takes.option(
            "--socket=PATH",
            Path.class,
            Path.of("${env:GANTRY_API_SOCKET:-/run/gantry/api.sock}"),
            "The daemon's API socket. Default: ${DEFAULT-VALUE}");
    server =
        takes.option(
            "--server=URL",
            "${env:GANTRY_SERVER:-}",
            "A daemon elsewhere, as https://HOST:PORT. [GANTRY_SERVER]");
    tokenFile =
        takes.option(
            "--token-file=FILE",
            "${env:GANTRY_TOKEN_FILE:-}",
            "For --server: a token's text. [GANTRY_TOKEN_FILE, or the text in GANTRY_TOKEN]");
    ca =
        takes.option(
            "--ca=FILE",
            "${env:GANTRY_CA:-}",
            "For --server: who signs its certificate. [GANTRY_CA]");
    fingerprint =
        takes.option(
            "--fingerprint=SHA256",
            "${env:GANTRY_FINGERPRINT:-}",
            "For --server: its certificate, as the daemon's log has it. [GANTRY_FINGERPRINT]");
    certificate =
        takes.option(
            "--cert=FILE",
            "${env:GANTRY_CERT:-}",
            "For --server: a certificate in place of a token. [GANTRY_CERT]");
    key = takes.option("--key=FILE", "${env:GANTRY_KEY:-}", "For --cert: its key. [GANTRY_KEY]");
  }

  /** A socket that is named on the line is meant, whatever the environment says. */
  Route route() {
    var named = spec.commandLine().getParseResult();
    if (server.get().isEmpty()
        || (named.hasMatchedOption("--socket") && !named.hasMatchedOption("--server"))) {
      return new Route.OverSocket(socket.get());
    }
    if (certificate.get().isEmpty() != key.get().isEmpty()) {
      throw wrongUsage("--cert and --key: one of them (expected: both)");
    }
    try {
      return TlsRoute.to(
          uri(),
          new TlsRoute.Proof(
              file(ca.get()), sha256(), file(certificate.get()), file(key.get()), token()));
    } catch (IOException unreadable) {
      throw wrongUsage(String.valueOf(unreadable.getMessage()));
    }
  }

  private URI uri() {
    try {
      var uri = new URI(server.get().replaceFirst("/$", ""));
      if ("https".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.getPort() > 0
          && uri.getRawPath().isEmpty()
          && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException nonsense) {
      throw wrongUsage("--server: '" + server.get() + "' (expected: https://HOST:PORT)");
    }
    throw wrongUsage("--server: '" + server.get() + "' (expected: https://HOST:PORT)");
  }

  private Optional<String> sha256() {
    var plain = fingerprint.get().replace(":", "");
    if (!plain.isEmpty() && !plain.matches("[0-9A-Fa-f]{64}")) {
      throw wrongUsage(
          "--fingerprint: '" + fingerprint.get() + "' (expected: 64 hexadecimal digits)");
    }
    return Optional.of(plain).filter(it -> !it.isEmpty());
  }

  private static Optional<Path> file(String name) {
    return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
  }

  /** No option takes the text itself: the lines of processes are there for everybody to read. */
  private Optional<String> token() throws IOException {
    var file = file(tokenFile.get());
    var text =
        file.isPresent() ? Files.readString(file.get()).strip() : System.getenv("GANTRY_TOKEN");
    return Optional.ofNullable(text).map(String::strip).filter(it -> !it.isEmpty());
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
