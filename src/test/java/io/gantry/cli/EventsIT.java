package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream of facts, as those see it who come back, come late, choose, or do not read. */
@Tag("root")
class EventsIT {
  private static final Pattern PORT =
      Pattern.compile(
          "REST API is served over TCP.*127\\.0\\.0\\.1:(\\d+)|127\\.0\\.0\\.1:(\\d+).*REST API is served over TCP");

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int AT_ONCE = 16;

  /** More than are kept on the disk, and than a connection holds. */
  private static final int TOO_MANY = 16_000;

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;
  private Rest rest;

  @BeforeEach
  void prepare() throws Exception {
    Files.createDirectories(folder.resolve("handlers.d"));
    node =
        Node.in(folder)
            .configured("api", "{socket: " + folder + "/run/api.sock, listen: '127.0.0.1:0'}")
            .configured("handlers", "{default: crun, drop-ins: " + folder + "/handlers.d}")
            .started();
    rest = node.rest();
  }

  @AfterEach
  void clear() throws Exception {
    rest.close();
    node.close();
  }

  /** A fact. */
  private record Event(long id, String type, JsonObject data) {}

  /** Reads server-sent events as they come. */
  private static final class Reader {
    private static final Pattern EVENT =
        Pattern.compile("id: (\\d+)\nevent: (\\w+)\ndata: (.*)\n\n");

    final List<Event> seen = new CopyOnWriteArrayList<>();
    private final StringBuilder rest = new StringBuilder();

    Reader(HttpClientResponse response) {
      response.handler(this::take);
    }

    private void take(Buffer bytes) {
      rest.append(bytes);
      var end = 0;
      var found = EVENT.matcher(rest);
      while (found.find()) {
        end = found.end();
        var data = new JsonObject(found.group(3));
        seen.add(new Event(Long.parseLong(found.group(1)), found.group(2), data));
      }
      rest.delete(0, end);
    }

    boolean has(long id) {
      return !seen.isEmpty() && seen.getLast().id() >= id;
    }

    List<Long> ids() {
      return seen.stream().map(Event::id).toList();
    }
  }

  @Test
  void whoComesBackHasNoGapAndNoRepeatAlsoAfterAKillOfTheDaemon() throws Exception {
    // Given
    var response = rest.begun("/events?since=0", Map.of());
    var before = new Reader(response);
    response.resume();
    drains("before", 30);
    assertThat(Waiting.until(PATIENCE, () -> before.has(newest()))).isTrue();
    var kept = before.ids().subList(0, 20); // the rest has not arrived, as it were

    // When
    rest.close();
    node.restart();
    rest = node.rest();
    drains("after", 30);
    var again = rest.begun("/events", Map.of("Last-Event-ID", String.valueOf(kept.getLast())));
    var after = new Reader(again);
    again.resume();

    // Then
    var newest = newest();
    assertThat(Waiting.until(PATIENCE, () -> after.has(newest))).isTrue();
    var all = new ArrayList<>(kept);
    all.addAll(after.ids());
    assertThat(all).containsExactlyElementsOf(LongStream.rangeClosed(1, newest).boxed().toList());
    assertThat(after.seen).extracting(Event::type).contains("DaemonStarted", "DrainBegun");
    assertThat(after.seen).extracting(Event::type).doesNotContain("gap");

    // Who comes too late is told what is lost
    rest.close();
    node.kill();
    forgotten(10);
    node.started();
    rest = node.rest();
    var lateResponse = rest.begun("/events?since=3", Map.of());
    var late = new Reader(lateResponse);
    lateResponse.resume();
    assertThat(Waiting.until(PATIENCE, () -> late.has(newest))).isTrue();
    assertThat(late.seen.getFirst().type()).isEqualTo("gap");
    assertThat(late.seen.getFirst().data())
        .isEqualTo(new JsonObject().put("from", 4).put("to", 10));
    assertThat(late.seen.get(1).id()).isEqualTo(11);
  }

  /** As if so many had been pruned. */
  private void forgotten(long last) throws Exception {
    try (var state = DriverManager.getConnection("jdbc:sqlite:" + folder + "/root/state.db");
        var statement = state.createStatement()) {
      assertThat(statement.executeUpdate("DELETE FROM outbox WHERE seq <= " + last))
          .isEqualTo((int) last);
    }
  }

  @Test
  void whatBecomesReadyOrIsSoNoMoreIsTold() throws Exception {
    // Given
    var response = rest.begun("/events?since=0", Map.of());
    var reader = new Reader(response);
    response.resume();
    assertThat(Waiting.until(PATIENCE, () -> reader.has(1))).isTrue();
    assertThat(reader.seen.getFirst().type()).isEqualTo("DaemonStarted");
    assertThat(reader.seen.getFirst().data().getJsonArray("notReady")).isEmpty();

    // A network without its plugin, a handler without its binary
    var network = folder.resolve("cni/10-kill.conflist");
    var good = Files.readString(network);
    Files.writeString(network, good.replace("\"bridge\",", "\"no-such-plugin\","));
    Files.writeString(folder.resolve("handlers.d/odd.yaml"), "binary: /no/such/runtime\n");
    node.hangUp();
    assertThat(Waiting.until(PATIENCE, () -> why(reader, "NetworkNotReady").contains("no-such")))
        .isTrue();
    assertThat(Waiting.until(PATIENCE, () -> why(reader, "HandlerNotReady").contains("/no/such")))
        .isTrue();

    // Whoever asks sees the same
    assertThat(named("/handlers", "odd").getString("why")).contains("/no/such/runtime");
    assertThat(node.gantry("handlers").text()).contains("odd", "/no/such/runtime");
    assertThat(named("/networks", "kill").getString("why")).contains("no-such-plugin");
    assertThat(rest.get("/node/doctor").object().encode()).contains("no-such-plugin", "odd");

    // Mended, and gone
    Files.writeString(network, good);
    Files.delete(folder.resolve("handlers.d/odd.yaml"));
    node.hangUp();
    assertThat(Waiting.until(PATIENCE, () -> has(reader, "NetworkReady"))).isTrue();
    assertThat(Waiting.until(PATIENCE, () -> why(reader, "HandlerNotReady").contains("no more")))
        .isTrue();
    assertThat(node.gantry("handlers").text()).contains("crun").doesNotContain("odd");
    assertThat(named("/networks", "kill").getBoolean("ready")).isTrue();
    assertThat(rest.get("/node/doctor").object().encode()).doesNotContain("no-such-plugin", "odd");
  }

  private JsonObject named(String path, String name) {
    return rest.get(path).array().stream()
        .map(JsonObject.class::cast)
        .filter(it -> it.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static boolean has(Reader reader, String type) {
    return reader.seen.stream().anyMatch(it -> it.type().equals(type));
  }

  /** As the latest of this type says. */
  private static String why(Reader reader, String type) {
    return reader.seen.stream()
        .filter(it -> it.type().equals(type))
        .reduce((_, later) -> later)
        .map(it -> it.data().getString("why"))
        .orElse("");
  }

  @Test
  void aWebSocketHasOnlyWhatItAskedFor() throws Exception {
    // Given
    var token = rest.post("/tokens", new JsonObject().put("name", "it").put("role", "view"));
    drains("first", 3);
    node.answered(node.cri().runPod(node.pod("web-0")));

    try (var remote = Rest.over(node.vertx(), port(), "127.0.0.1")) {
      // When
      var messages = new CopyOnWriteArrayList<JsonObject>();
      var socket = remote.webSocket("/events?since=0&type=Drain", token.object().getString("text"));
      socket.textMessageHandler(text -> messages.add(new JsonObject(text)));
      socket.resume();
      drains("second", 2);

      // Then
      assertThat(Waiting.until(PATIENCE, () -> messages.size() >= 7)).isTrue();
      assertThat(messages).hasSize(7).allMatch(it -> it.getString("type").startsWith("Drain"));
      assertThat(messages.getLast().getJsonObject("data").getString("subject")).isEqualTo("second");
      assertThat(messages)
          .extracting(it -> it.getLong("sequence"))
          .isSorted()
          .doesNotHaveDuplicates();
      node.answered(socket.close());
    }
  }

  @Test
  @Tag("slow")
  void whoDoesNotReadIsToldTheGapAndHoldsUpNobody() throws Exception {
    // Given
    var slowResponse = rest.begun("/events?since=0", Map.of()); // is paused, and stays so
    var swiftResponse = rest.begun("/events?since=0", Map.of());
    var swift = new Reader(swiftResponse);
    swiftResponse.resume();

    // When
    try (var askers = Executors.newFixedThreadPool(AT_ONCE)) {
      for (var i = 0; i < AT_ONCE; i++) {
        var name = "asker" + i;
        askers.submit(() -> drains(name, TOO_MANY / AT_ONCE));
      }
    }
    var newest = newest();

    // Then
    assertThat(Waiting.until(PATIENCE, () -> swift.has(newest))).isTrue();
    assertThat(swift.ids())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, newest).boxed().toList());
    var slow = new Reader(slowResponse);
    slowResponse.resume();
    assertThat(Waiting.until(PATIENCE, () -> slow.has(newest))).isTrue();
    var gaps = slow.seen.stream().filter(it -> it.type().equals("gap")).toList();
    assertThat(gaps).hasSize(1);
    var told = new ArrayList<Long>();
    slow.seen.forEach(
        it -> {
          if (it.type().equals("gap")) {
            LongStream.rangeClosed(it.data().getLong("from"), it.data().getLong("to"))
                .forEach(told::add);
          } else {
            told.add(it.id());
          }
        });
    assertThat(told).containsExactlyElementsOf(LongStream.rangeClosed(1, newest).boxed().toList());
  }

  /** Facts that cost little: a drain each, for another reason. */
  private void drains(String name, int count) {
    for (var i = 0; i < count; i++) {
      var body = new JsonObject().put("reason", "reason " + i).toBuffer();
      assertThat(rest.ask("PUT", "/node/drains/" + name, Map.of(), body).status()).isEqualTo(200);
    }
    assertThat(rest.delete("/node/drains/" + name).status()).isEqualTo(204);
  }

  private long newest() {
    return rest.get("/node").object().getLong("lastEvent");
  }

  private int port() throws Exception {
    var found = PORT.matcher(Files.readString(folder.resolve("gantryd.log"))).results().toList();
    var last = found.getLast();
    return Integer.parseInt(last.group(1) == null ? last.group(2) : last.group(1));
  }
}
