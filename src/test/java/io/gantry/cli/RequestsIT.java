package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cli.Rest.Answer;
import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What requests of many operations have in common: conditions, pages, and being sent again. */
@Tag("root")
class RequestsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static Node node;
  private static Rest rest;

  @BeforeAll
  static void prepare() throws Exception {
    node = Node.in(folder).started();
    rest = node.rest();
  }

  @AfterEach
  void empty() {
    for (var pod : rest.get("/sandboxes").array()) {
      rest.delete("/sandboxes/" + ((JsonObject) pod).getString("id") + "?override=true");
    }
    for (var token : rest.get("/tokens").array()) {
      rest.delete("/tokens/" + ((JsonObject) token).getString("id"));
    }
    for (var image : rest.get("/images").array()) {
      rest.delete("/images/" + ((JsonObject) image).getString("id"));
    }
  }

  @AfterAll
  static void clear() throws Exception {
    rest.close();
    node.close();
  }

  @Test
  void whatIsKnownIsNotToldAgainAndWhatHasChangedIsNotChangedAgain() throws Exception {
    // Given
    var made = made("web", Map.of());
    var path = "/containers/" + made.object().getString("id");
    var seen = rest.get(path).header("ETag");

    // Then
    var again = rest.ask("GET", path, Map.of("If-None-Match", seen), Buffer.buffer());
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body().length()).isZero();
    assertThat(again.header("ETag")).isEqualTo(seen);
    assertThat(conditional("GET", path, "If-None-Match", "\"other\", W/" + seen)).isEqualTo(304);
    assertThat(conditional("GET", path, "If-None-Match", "\"other\"")).isEqualTo(200);
    assertThat(
            conditional(
                "GET", "/containers", "If-None-Match", rest.get("/containers").header("ETag")))
        .isEqualTo(304);

    // When
    assertThat(conditional("POST", path + "/start", "If-Match", seen)).isEqualTo(204);

    // Then
    assertThat(conditional("GET", path, "If-None-Match", seen)).isEqualTo(200);
    var late = rest.ask("DELETE", path, Map.of("If-Match", seen), Buffer.buffer());
    assertThat(late.status()).isEqualTo(412);
    assertThat(late.object().getString("kind")).isEqualTo("FAILED_PRECONDITION");
    assertThat(late.object().getString("detail")).contains("is not what was seen");
    assertThat(rest.get(path).object().getString("state")).isEqualTo("running");
    assertThat(conditional("DELETE", path, "If-Match", rest.get(path).header("ETag")))
        .isEqualTo(204);
    var pod = "/sandboxes/" + made.object().getString("sandbox");
    assertThat(conditional("DELETE", pod, "If-Match", "\"other\"")).isEqualTo(412);
    assertThat(conditional("DELETE", pod, "If-Match", "*")).isEqualTo(204);
  }

  private int conditional(String method, String path, String header, String tag) {
    return rest.ask(method, path, Map.of(header, tag), Buffer.buffer()).status();
  }

  @Test
  void aTextIsReadAsItWasSentThoughItLooksLikeJson() {
    for (var name : List.of("1.5", "-1", "{}", "[1]", "true", "\"x\"", "a=b&c")) {
      var answer = rest.get("/why?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8));
      assertThat(answer.status()).as(name).isEqualTo(404);
      assertThat(answer.object().getString("detail")).startsWith("'" + name + "': nothing");
    }
    for (var query : List.of("", "?name=", "?name=a&name=b", "?name=" + "a".repeat(513))) {
      var answer = rest.get("/why" + query);
      assertThat(answer.status()).as(query).isEqualTo(400);
      assertThat(answer.object().getString("detail")).as(query).startsWith("name: ");
    }
    assertThat(rest.get("/events?type=1").object().getString("detail"))
        .isEqualTo("type: '1' (expected: 0 to 64 characters, ^[A-Za-z]*$)");
  }

  @Test
  void everyOneIsOnOnePageWhateverComesAndGoes() throws Exception {
    // Given
    var all = new ArrayList<String>();
    for (var i = 0; i < 7; i++) {
      all.add(token("t" + i));
    }

    // When
    var seen = new ArrayList<String>();
    var page = rest.get("/tokens?limit=2");
    for (var round = 0; !page.header("Link").isEmpty(); round++) {
      page.array().forEach(it -> seen.add(((JsonObject) it).getString("id")));
      assertThat(page.array()).hasSize(2);
      token("meanwhile" + round);
      if (round == 1) {
        rest.delete("/tokens/" + seen.getLast()); // the very one that the cursor names
      }
      page = rest.get(next(page));
    }
    page.array().forEach(it -> seen.add(((JsonObject) it).getString("id")));

    // Then
    assertThat(seen).containsExactlyElementsOf(all.reversed());
    assertThat(rest.get("/tokens?limit=100").header("Link")).isEmpty();
    assertThat(rest.get("/tokens?cursor=bm9uc2Vuc2U").status()).isEqualTo(400);
    assertThat(rest.get("/tokens?limit=0").status()).isEqualTo(400);
    assertThat(rest.get("/tokens?limit=1001").status()).isEqualTo(400);
  }

  @Test
  void aFilterGoesAlongFromPageToPage() throws Exception {
    // Given
    for (var name : List.of("a", "b", "c")) {
      var pod =
          node.pod(name).toBuilder().putLabels("team", name.equals("b") ? "x y" : "a&b=c").build();
      node.answered(node.cri().runPod(pod));
    }
    var asked = "/sandboxes?label=" + RestClient.part("team=a&b=c") + "&limit=1";

    // When
    var first = rest.get(asked);
    var second = rest.get(next(first));

    // Then
    assertThat(first.array().getJsonObject(0).getString("name")).isEqualTo("c");
    assertThat(second.array().getJsonObject(0).getString("name")).isEqualTo("a");
    assertThat(second.header("Link")).isEmpty();
    for (var list : List.of("/containers", "/images", "/operations")) {
      assertThat(rest.get(list + "?limit=1").array().size()).as(list).isLessThanOrEqualTo(1);
    }
    var operations = rest.get("/operations?limit=2");
    var numbers =
        operations.array().stream().map(it -> ((JsonObject) it).getLong("number")).toList();
    var below = rest.get(next(operations)).array().getJsonObject(0).getLong("number");
    assertThat(numbers).hasSize(2).isSortedAccordingTo((a, b) -> Long.compare(b, a));
    assertThat(below).isLessThan(numbers.getLast());
  }

  private static String next(Answer page) {
    var link = page.header("Link");
    assertThat(link).matches("</v1/[^>]+>; rel=\"next\"");
    return link.replaceAll("</v1([^>]+)>.*", "$1");
  }

  private String token(String name) {
    return rest.post("/tokens", new JsonObject().put("name", name).put("role", "view"))
        .object()
        .getJsonObject("token")
        .getString("id");
  }

  @Test
  void whatIsSentAgainWithItsKeyMakesNothingMore() throws Exception {
    // A token, with the text that was told once
    var body = new JsonObject().put("name", "it").put("role", "view").toBuffer();
    var key = Map.of("Idempotency-Key", "k1");
    var first = rest.ask("POST", "/tokens", key, body);
    assertThat(rest.ask("POST", "/tokens", key, body).body()).isEqualTo(first.body());
    assertThat(rest.get("/tokens").array()).hasSize(1);
    var other = new JsonObject().put("name", "it").put("role", "admin").toBuffer();
    var refused = rest.ask("POST", "/tokens", key, other);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.object().getString("detail")).contains("'k1' came with another body");
    assertThat(rest.get("/tokens").array()).hasSize(1);
    assertThat(rest.ask("POST", "/tokens", Map.of("Idempotency-Key", "../x"), body).status())
        .isEqualTo(400);

    // A pull
    var pull = new JsonObject().put("reference", Node.IMAGE).toBuffer();
    var number = rest.ask("POST", "/images", key, pull).object().getLong("number");
    assertThat(rest.ask("POST", "/images", key, pull).object().getLong("number"))
        .as("the keys of one operation are not those of another")
        .isEqualTo(number);

    // What failed has made nothing, and is tried anew
    var nothing = new JsonObject().put("image", "registry.example/nothing:1").toBuffer();
    assertThat(rest.ask("POST", "/containers", key, nothing).status()).isEqualTo(409);
    node.gantry("pull", Node.IMAGE);
    assertThat(made("late", key).status()).isEqualTo(201);
  }

  @Test
  void aContainerIsKnownByItsKeyAlsoAfterARestart() throws Exception {
    // Given: one that is asked for by four at once
    var key = Map.of("Idempotency-Key", "..");
    node.gantry("pull", Node.IMAGE);
    var answers = new ArrayList<Answer>();
    try (var askers = Executors.newFixedThreadPool(4)) {
      Callable<Answer> asking = () -> made("web", key);
      for (var answer : askers.invokeAll(Collections.nCopies(4, asking))) {
        answers.add(answer.get());
      }
    }
    var id = answers.getFirst().object().getString("id");

    // Then
    assertThat(answers)
        .allSatisfy(it -> assertThat(it.body()).isEqualTo(answers.getFirst().body()));
    assertThat(rest.get("/sandboxes").array()).hasSize(1);

    // When
    assertThat(rest.post("/containers/" + id + "/start").status()).isEqualTo(204);
    rest.close();
    node.restart();
    rest = node.rest();

    // Then
    var again = made("web", key);
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.object().getString("id")).isEqualTo(id);
    assertThat(again.object().getString("state")).isEqualTo("running");
    assertThat(made("other", key).status()).isEqualTo(422);
    assertThat(rest.get("/containers/" + id).object().getString("state"))
        .as("and is not made anew for another body")
        .isEqualTo("running");

    // A key is no path
    var pod = again.object().getString("sandbox");
    assertThat(rest.delete("/sandboxes/" + pod).status()).isEqualTo(204);
    assertThat(Files.exists(folder.resolve("run/api.sock"))).isTrue();
  }

  @Test
  void whatTheKubeletOwnsIsChangedOnlyByAWordThatStandsInTheAudit() throws Exception {
    // Given
    node.gantry("pull", Node.IMAGE);
    var pod = node.answered(node.cri().runPod(node.pod("web-0")));
    var app = Node.container("/bin/busybox", "sleep", "600").build();
    var container = node.answered(node.cri().create(pod, app, node.pod("web-0")));
    var changes =
        List.of(
            List.of("POST", "/containers/" + container + "/start"),
            List.of("POST", "/containers/" + container + "/stop"),
            List.of("DELETE", "/containers/" + container),
            List.of("POST", "/sandboxes/" + pod + "/stop"),
            List.of("DELETE", "/sandboxes/" + pod));

    // Then
    for (var change : changes) {
      var path = change.getLast();
      var refused = rest.ask(change.getFirst(), path, Map.of(), Buffer.buffer());
      assertThat(refused.status()).as(path).isEqualTo(409);
      assertThat(refused.body().toString()).contains("belongs to the kubelet", "override=true");
      assertThat(audited(path, "failed", "override=false")).as(path).isTrue();

      var done = rest.ask(change.getFirst(), path + "?override=true", Map.of(), Buffer.buffer());
      assertThat(done.status()).as(path).isEqualTo(204);
      assertThat(audited(path, "done", "override=true", "actor=api/socket")).as(path).isTrue();
    }
  }

  /** The line comes behind the answer. */
  private static boolean audited(String path, String outcome, String... words) {
    var line = Pattern.compile(" audit: " + outcome + " .*path=/v1" + path + "( |$)");
    return Waiting.until(
        PATIENCE,
        () -> {
          try (var lines = Files.lines(folder.resolve("gantryd.log"))) {
            return lines
                .map(it -> it.replace("\"", ""))
                .anyMatch(it -> line.matcher(it).find() && Stream.of(words).allMatch(it::contains));
          } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
          }
        });
  }

  private Answer made(String name, Map<String, String> headers) throws Exception {
    if (headers.isEmpty()) {
      node.gantry("pull", Node.IMAGE);
    }
    var body =
        new JsonObject()
            .put("image", Node.IMAGE)
            .put("name", name)
            .put("command", new JsonArray(List.of("/bin/busybox", "sleep", "600")));
    return rest.ask("POST", "/containers", headers, body.toBuffer());
  }
}
