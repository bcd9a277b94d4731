package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cli.PublishedContract.Operation;
import io.gantry.cli.Rest.Answer;
import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every operation of the contract, asked of a real daemon: what it answers if all is well, and to
 * whoever has no token, too small a role, a wrong name, or a request that does not fit. Each answer
 * is held against {@code openapi.yaml}.
 */
@Tag("root")
class OperationsIT {
  private static final Pattern PORT =
      Pattern.compile(
          "REST API is served over TCP.*127\\.0\\.0\\.1:(\\d+)|127\\.0\\.0\\.1:(\\d+).*REST API is served over TCP");

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int OVERSIZED = 2 << 20;

  /** The number of no operation. */
  private static final String NEVER = "9007199254740991";

  /** Asks one operation in such a way that it does what it is for. */
  private interface Success {
    Answer ask() throws Exception;
  }

  /** A row: the status of success, and how to get there. */
  private record Row(int status, Success success) {}

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static PublishedContract contract;
  private static Node node;
  private static Rest rest;

  private final Map<String, Row> rows = new LinkedHashMap<>();

  /** Of the kubelet. */
  private String pod;

  private String container;

  /** Of {@code gantry run}. */
  private JsonObject own;

  @BeforeAll
  static void prepare() throws Exception {
    contract = PublishedContract.read();
    node =
        Node.in(folder)
            .configured("images", "{keep-blobs: true}")
            .configured("api", "{socket: " + folder + "/run/api.sock, listen: '127.0.0.1:0'}")
            .started();
    rest = node.rest();
  }

  @AfterAll
  static void clear() throws Exception {
    rest.close();
    node.close();
  }

  /** A row for each operation; later ones stand on what earlier ones have made. */
  private void row(String operation, int status, Success success) {
    rows.put(operation, new Row(status, success));
  }

  private void looks() {
    row("getNode", 200, () -> rest.get("/node"));
    row("getConfig", 200, () -> rest.get("/node/config"));
    row("examineNode", 200, () -> rest.get("/node/doctor"));
    row("listNetworks", 200, () -> rest.get("/networks"));
    row("listHandlers", 200, () -> rest.get("/handlers"));
    row(
        "createToken",
        201,
        () ->
            rest.post("/tokens", json("name", "it").put("role", "view").put("expiresSeconds", 60)));
    row("listTokens", 200, () -> rest.get("/tokens"));
    row(
        "revokeToken",
        204,
        () -> rest.delete("/tokens/" + last(rest.get("/tokens")).getString("id")));
    row(
        "beginDrain",
        200,
        () -> rest.ask("PUT", "/node/drains/it", Map.of(), json("reason", "it").toBuffer()));
    row("getDrains", 200, () -> rest.get("/node/drains"));
    row("endDrain", 204, () -> rest.delete("/node/drains/it"));
  }

  private void images() {
    row("pullImage", 202, () -> rest.post("/images", json("reference", Node.IMAGE)));
    row("getOperation", 200, this::pulled);
    row("listImages", 200, () -> rest.get("/images?reference=" + RestClient.part(Node.IMAGE)));
    row("exportImages", 200, () -> rest.get("/images/export?image=" + RestClient.part(Node.IMAGE)));
  }

  private Answer pulled() {
    var number = last(rest.get("/operations")).getLong("number");
    assertThat(
            Waiting.until(
                PATIENCE, () -> rest.get("/operations/" + number).object().getBoolean("over")))
        .isTrue();
    return rest.get("/operations/" + number);
  }

  private void ownContainers() {
    row(
        "createContainer",
        201,
        () -> {
          var script = "while :; do echo said; /bin/busybox sleep 0.2; done";
          var made =
              rest.post(
                  "/containers",
                  json("image", Node.IMAGE)
                      .put("name", "own")
                      .put("command", new JsonArray(List.of("/bin/sh", "-c", script)))
                      .put("env", json("SECRET", "hidden"))
                      .put("memoryBytes", 64 << 20));
          own = made.object();
          return made;
        });
    row("startContainer", 204, () -> rest.post("/containers/" + ownId() + "/start"));
    row("getContainer", 200, () -> rest.get("/containers/" + ownId()));
    row("listContainers", 200, () -> rest.get("/containers"));
    row("getContainerStats", 200, () -> rest.get("/containers/" + ownId() + "/stats"));
    row(
        "getContainerLogs",
        200,
        () -> {
          var path = "/containers/" + ownId() + "/logs?tail=1";
          Waiting.until(PATIENCE, () -> rest.get(path).body().toString().equals("said\n"));
          return rest.get(path);
        });
    row("explain", 200, () -> rest.get("/why?name=own"));
    row("listOperations", 200, () -> rest.get("/operations"));
  }

  private String ownId() {
    return own.getString("id");
  }

  private void streams() {
    row(
        "execInContainer",
        101,
        () -> upgraded("/containers/" + ownId() + "/exec?command=/bin/busybox&command=true"));
    row("attachContainer", 101, () -> upgraded("/containers/" + ownId() + "/attach"));
    row(
        "forwardPort",
        101,
        () -> upgraded("/sandboxes/" + own.getString("sandbox") + "/portforward?port=9"));
    row("followEvents", 200, this::followed);
    row("cancelOperation", 204, this::cancelled);
  }

  /** The handshake is all of it that the contract has; what follows is Kubernetes' own. */
  private Answer upgraded(String path) {
    var answer = rest.upgraded(path, ChannelSocket.SUBPROTOCOL);
    assertThat(answer.header("Sec-WebSocket-Protocol")).isEqualTo(ChannelSocket.SUBPROTOCOL);
    return answer;
  }

  private Answer followed() throws Exception {
    var first = new CompletableFuture<String>();
    var text = Buffer.buffer();
    var response = rest.begun("/events?since=0", Map.of());
    response.handler(
        bytes -> {
          text.appendBuffer(bytes);
          if (text.toString().contains("\n\nid: 2\n")) {
            first.complete(text.toString());
          }
        });
    response.resume();
    assertThat(first.get(30, TimeUnit.SECONDS)).startsWith(": 0\n\nid: 1\nevent: ");
    var headers = Map.of("content-type", response.getHeader("content-type"));
    response.request().connection().close();
    return new Answer(response.statusCode(), headers, text);
  }

  /** The one under way is a client that follows events; it is cut off. */
  private Answer cancelled() throws Exception {
    var response = rest.begun("/events", Map.of());
    var over = new CompletableFuture<Void>();
    response.endHandler(_ -> over.complete(null));
    response.resume();
    var number =
        rest.get("/operations").array().stream()
            .map(JsonObject.class::cast)
            .filter(it -> it.getString("name").equals("followEvents") && !it.getBoolean("over"))
            .mapToLong(it -> it.getLong("number"))
            .max()
            .orElseThrow();
    var answer = rest.delete("/operations/" + number);
    over.get(30, TimeUnit.SECONDS);
    return answer;
  }

  private void kubelets() {
    row(
        "listSandboxes",
        200,
        () -> {
          pod = node.answered(node.cri().runPod(node.pod("web-0")));
          container =
              node.answered(
                  node.cri()
                      .create(pod, Node.container("/bin/sleep", "600").build(), node.pod("web-0")));
          node.answered(node.cri().start(container));
          return rest.get("/sandboxes");
        });
    row("getSandbox", 200, () -> rest.get("/sandboxes/" + pod.substring(0, 12)));
  }

  private void goings() {
    row("pauseContainer", 204, () -> rest.post("/containers/" + ownId() + "/pause"));
    row("resumeContainer", 204, () -> rest.post("/containers/" + ownId() + "/resume"));
    row("stopContainer", 204, () -> rest.post("/containers/" + ownId() + "/stop?grace=0"));
    row("removeContainer", 204, () -> rest.delete("/containers/" + ownId()));
    row("stopSandbox", 204, () -> rest.post("/sandboxes/" + pod + "/stop?override=true"));
    row("removeSandbox", 204, () -> rest.delete("/sandboxes/" + own.getString("sandbox")));
    row(
        "removeImage",
        204,
        () -> {
          assertThat(rest.delete("/sandboxes/" + pod + "?override=true").status()).isEqualTo(204);
          return rest.delete("/images/" + last(rest.get("/images")).getString("id"));
        });
    row(
        "importImages",
        200,
        () ->
            rest.ask(
                "POST",
                "/images/import",
                Map.of("Content-Type", "application/x-tar"),
                Buffer.buffer(Files.readAllBytes(folder.resolve("exported.tar")))));
    row("getImage", 200, () -> rest.get("/images/" + last(rest.get("/images")).getString("id")));
    row("pruneImages", 200, () -> rest.post("/images/prune"));
  }

  @Test
  void everyOperationDoesWhatTheContractSaysOfIt() {
    looks();
    images();
    ownContainers();
    streams();
    kubelets();
    goings();
    assertThat(rows.keySet()).containsExactlyInAnyOrderElementsOf(contract.operations().keySet());

    var all = new Findings();
    rows.forEach((operation, row) -> all.check(operation, () -> succeeds(operation, row)));
    all.none();
  }

  private void succeeds(String operation, Row row) throws Exception {
    var answer = row.success().ask();
    if (operation.equals("exportImages")) {
      Files.write(folder.resolve("exported.tar"), answer.body().getBytes());
    }
    assertThat(answer.status()).as("%s", answer.body()).isEqualTo(row.status());
    contract.promises(operation, answer);
    assertThat(answer.body().toString(StandardCharsets.ISO_8859_1))
        .as("a variable of a container is a secret")
        .doesNotContain("hidden");
  }

  /** Something that may fail. */
  private interface Attempt {
    void run() throws Exception;
  }

  /**
   * All that fail are told, and each by its operation. AssertJ's soft assertions write classes in a
   * way that Java is about to remove.
   */
  private static final class Findings {
    private final List<String> all = new ArrayList<>();

    void check(String what, Attempt attempt) {
      try {
        attempt.run();
      } catch (Exception | AssertionError failed) {
        all.add(what + ": " + failed);
      }
    }

    void equal(String what, int found, int wanted) {
      check(what, () -> assertThat(found).isEqualTo(wanted));
    }

    void none() {
      assertThat(all).isEmpty();
    }
  }

  @Test
  void nobodyGetsAnythingWithoutATokenNorMoreThanItsRole() throws Exception {
    // Given
    var port = port();
    var admin = made("admin");
    var viewer = Map.of("Authorization", "Bearer " + made("view"));
    var operator = Map.of("Authorization", "Bearer " + made("operate"));
    var all = new Findings();
    var host = 2;

    // Then
    assertThat(admin).startsWith("gantry_");
    for (var operation : contract.operations().values()) {
      // an address each: who comes without a token too often from one is told 429
      try (var stranger = Rest.over(node.vertx(), port, "127.0.0." + host++)) {
        var unknown = ask(stranger, operation, Map.of());
        all.equal(operation.id() + " without a token", unknown.status(), 401);
        promised(all, operation, unknown);
        all.check(
            operation.id(),
            () -> assertThat(unknown.header("WWW-Authenticate")).startsWith("Bearer"));
        if (!operation.role().equals("view")) {
          var small = ask(stranger, operation, viewer);
          all.equal(operation.id() + " with the role view", small.status(), 403);
          promised(all, operation, small);
        }
        if (operation.role().equals("admin")) {
          all.equal(
              operation.id() + " with the role operate",
              ask(stranger, operation, operator).status(),
              403);
        }
      }
    }
    all.none();
  }

  @Test
  void whatDoesNotFitOrIsNotHereIsRefusedByName() {
    var all = new Findings();
    for (var operation : contract.operations().values()) {
      unknown(all, operation);
      malformed(all, operation);
      oversized(all, operation);
    }
    all.none();
  }

  /** An id that fits and that nothing has. */
  private void unknown(Findings all, Operation operation) {
    if (operation.in("path").isEmpty() || operation.id().equals("beginDrain")) {
      return;
    }
    var answer = ask(rest, operation, Map.of());
    all.equal(operation.id() + " of what is not here: " + answer.body(), answer.status(), 404);
    promised(all, operation, answer);
  }

  private void malformed(Findings all, Operation operation) {
    for (var parameter : operation.in("query")) {
      var type = parameter.getJsonObject("schema").getString("type");
      if (type.equals("integer") || type.equals("boolean")) {
        var name = parameter.getString("name");
        var without = path(operation).replaceFirst("\\?" + name + "=.*", "");
        refused(all, operation, query(without, name + "=nonsense"));
      }
    }
    if (operation.in("query").stream().anyMatch(it -> it.getBoolean("required", false))) {
      refused(all, operation, path(operation).replaceAll("\\?.*", ""));
    }
    if (!operation.in("path").isEmpty()) {
      refused(all, operation, path(operation).replaceAll("/(" + NEVER + "|unknown)\\b", "/%2A%2A"));
    }
    if (operation.takesJson()) {
      for (var body : List.of("{", "[]", "{\"nothing\": \"like it\"}", "\"text\"")) {
        var answer = rest.ask(operation.method(), path(operation), Map.of(), Buffer.buffer(body));
        all.equal(operation.id() + " with " + body, answer.status(), 400);
        promised(all, operation, answer);
      }
      var none = rest.ask(operation.method(), path(operation), Map.of(), Buffer.buffer());
      all.equal(operation.id() + " without a body", none.status(), 400);
      promised(all, operation, none);
    }
  }

  private void refused(Findings all, Operation operation, String path) {
    var body = operation.takesJson() ? body(operation) : Buffer.buffer();
    var answer = rest.ask(operation.method(), path, Map.of(), body);
    all.equal(operation.method() + " " + path + ": " + answer.body(), answer.status(), 400);
    promised(all, operation, answer);
  }

  private void oversized(Findings all, Operation operation) {
    if (operation.takesJson()) {
      var body = Buffer.buffer("{\"reference\": \"" + "a".repeat(OVERSIZED) + "\"}");
      var answer = rest.ask(operation.method(), path(operation), Map.of(), body);
      all.equal(operation.id() + " with too much", answer.status(), 413);
      promised(all, operation, answer);
    }
    var path = query(path(operation), "more=" + "x".repeat(40_000));
    var answer = rest.ask(operation.method(), path, Map.of(), Buffer.buffer());
    all.equal(operation.id() + " with too long a line", answer.status(), 414);
    promised(all, operation, answer);
  }

  private void promised(Findings all, Operation operation, Answer answer) {
    all.check(operation.id(), () -> contract.promises(operation.id(), answer));
  }

  /** Asks in a form that fits, of things that are not here. */
  private static Answer ask(Rest rest, Operation operation, Map<String, String> headers) {
    return rest.ask(operation.method(), path(operation), headers, body(operation));
  }

  private static String query(String path, String more) {
    return path + (path.contains("?") ? "&" : "?") + more;
  }

  private static String path(Operation operation) {
    var path = operation.path().replace("{number}", NEVER).replaceAll("\\{[a-z]+}", "unknown");
    return path
        + switch (operation.id()) {
          case "execInContainer" -> "?command=id";
          case "forwardPort" -> "?port=1";
          case "exportImages" -> "?image=unknown";
          case "explain" -> "?name=unknown";
          default -> "";
        };
  }

  private static Buffer body(Operation operation) {
    return switch (operation.id()) {
      case "createToken" -> json("name", "it").put("role", "view").toBuffer();
      case "beginDrain" -> json("reason", "it").toBuffer();
      case "createContainer" -> json("image", "unknown").toBuffer();
      case "pullImage" -> json("reference", "registry.example/unknown:1").toBuffer();
      default -> Buffer.buffer();
    };
  }

  private static String made(String role) {
    var made = rest.post("/tokens", json("name", "it").put("role", role));
    return made.object().getString("text");
  }

  private static int port() throws Exception {
    var found = PORT.matcher(Files.readString(folder.resolve("gantryd.log"))).results().toList();
    var last = found.getLast();
    return Integer.parseInt(last.group(1) == null ? last.group(2) : last.group(1));
  }

  private static JsonObject json(String name, Object value) {
    return new JsonObject().put(name, value);
  }

  private static JsonObject last(Answer list) {
    return list.array().getJsonObject(0);
  }
}
