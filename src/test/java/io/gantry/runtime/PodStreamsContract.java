package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Connection;
import io.gantry.host.Namespaces;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What every driver does with streams: execs, attached clients, ports of a pod. */
abstract class PodStreamsContract extends PodNumbersContract {
  private static final int MANY_BYTES = 20 << 20;

  private final Context context = vertx.getOrCreateContext();

  @Test
  void streamedExecEchoesItsInputByteForByte() {
    // Given
    var container = sleeping();
    var input = new byte[MANY_BYTES];
    new Random(1).nextBytes(input);
    var exec = exec(container, new ExecStreamSpec(List.of("/bin/cat"), false, true, true, true));
    var output = all(exec.stdout());

    // When
    begun(() -> fed(exec.stdin().orElseThrow(), Buffer.buffer(input), 0));

    // Then
    assertThat(await(output).getBytes()).isEqualTo(input);
    assertThat(here(exec::exit)).isZero();
    closed(exec);
  }

  @Test
  void streamedExecKeepsOutputAndErrorsApartAndTellsTheCode() {
    // Given
    var container = sleeping();

    // When
    var exec = exec(container, "echo out; echo err >&2; exit 7");

    // Then
    var errors = all(exec.stderr());
    assertThat(await(all(exec.stdout()))).hasToString("out\n");
    assertThat(await(errors)).hasToString("err\n");
    assertThat(here(exec::exit)).isEqualTo(7);
    assertThat(exec.stdin()).isEmpty();
    closed(exec);
  }

  @Test
  void streamedExecEndsThoughAGrandchildHoldsItsOutput() {
    // Given
    var container = sleeping();

    // When
    var exec = exec(container, "sleep 600 & echo out");

    // Then
    assertThat(await(all(exec.stdout()))).hasToString("out\n");
    assertThat(here(exec::exit)).isZero();
    closed(exec);
  }

  @Test
  void terminalOfAStreamedExecHasTheSizeThatItWasGiven() {
    // Given
    var container = sleeping();
    var exec =
        exec(
            container,
            new ExecStreamSpec(
                List.of("/bin/sh", "-c", "read line; stty size; exit 3"), true, true, true, false));
    var output = all(exec.stdout());

    // When
    here(() -> exec.resize(132, 50));
    here(
        () ->
            vertx
                .timer(200, TimeUnit.MILLISECONDS)
                .compose(_ -> exec.stdin().orElseThrow().write(Buffer.buffer("go\n"))));

    // Then
    assertThat(await(output).toString()).contains("50 132");
    assertThat(here(exec::exit)).isEqualTo(3);
    closed(exec);
  }

  @Test
  void closedStreamsEndTheirCommand() {
    // Given
    var container = sleeping();
    var exec = exec(container, "trap '' HUP; sleep 601; sleep 602");

    // When
    closed(exec);
    await(begun(exec::exit));

    // Then
    var left =
        here(
            () ->
                runtime.exec(
                    call(), container.id(), command("/bin/sh", "-c", "cat /proc/[0-9]*/cmdline")));
    assertThat(left.stdout().toString()).doesNotContain("602");
    assertThat(left.stdout().toString().contains("601")).isEqualTo(childrenOfACommandStay());
    awaitTrue(() -> listing(container.directory().resolve("exec")).isEmpty());
  }

  /** Whether what a command started goes on when that is ended with its streams. */
  protected boolean childrenOfACommandStay() {
    return false;
  }

  @Test
  void streamedExecDoesNotOutliveItsDaemon() {
    // Given
    var container = sleeping();
    var exec = exec(container, "sleep 603");

    // When
    restart();

    // Then
    assertThat(here(exec::exit)).isNotZero();
    var left =
        here(
            () ->
                runtime.exec(
                    call(), container.id(), command("/bin/sh", "-c", "cat /proc/[0-9]*/cmdline")));
    assertThat(left.stdout().toString()).doesNotContain("603");
    closed(exec);
  }

  @Test
  void streamedExecOfNoProgramSaysWhy() {
    // Given
    var container = sleeping();

    // When
    var fault =
        faultOf(
            () ->
                runtime.execStream(
                    call(),
                    container.id(),
                    new ExecStreamSpec(List.of("/no/such"), false, false, true, true)));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("exec: ").hasMessageContaining("/no/such");
    awaitTrue(() -> listing(container.directory().resolve("exec")).isEmpty());
  }

  @Test
  void twoClientsAttachToOneContainer() {
    // Given
    var container =
        terminal("/bin/sh", "-c", "read line; echo got $line; stty size; read line; exit 4");
    run(container);
    var one = here(() -> runtime.attach(call(), container.id(), new AttachSpec(true, true, false)));
    var other =
        here(() -> runtime.attach(call(), container.id(), new AttachSpec(false, true, false)));
    var first = all(one.stdout());
    var second = all(other.stdout());

    // When
    here(() -> one.resize(101, 33));
    here(
        () ->
            vertx
                .timer(200, TimeUnit.MILLISECONDS)
                .compose(_ -> one.stdin().orElseThrow().write(Buffer.buffer("word\n"))));
    awaitLog(container, "33 101");
    here(() -> one.stdin().orElseThrow().write(Buffer.buffer("end\n")));

    // Then
    assertThat(here(one::exit)).isEqualTo(4);
    assertThat(await(first).toString()).contains("got word").contains("33 101");
    assertThat(await(second).toString()).contains("got word").contains("33 101");
    closed(one);
    closed(other);
  }

  @Test
  void attachedClientThatDoesNotReadDoesNotStallTheLog() throws IOException {
    // Given
    var container =
        container(
            "/bin/sh",
            "-c",
            "sleep 0.5; head -c 4000000 /dev/zero | busybox tr '\\0' x; echo; echo last");
    run(container);

    // When
    var idle =
        here(() -> runtime.attach(call(), container.id(), new AttachSpec(false, true, true)));

    // Then
    awaitLog(container, "last");
    assertThat(Files.size(container.log().orElseThrow())).isGreaterThan(4_000_000);
    closed(idle);
  }

  @Test
  void dialReachesAPortInThePodsNamespace() {
    // Given
    here(
        () ->
            host.namespaces()
                .create(
                    new Namespaces.Wanted(
                        namespaces(), Set.of(Namespaces.Kind.NET), Optional.empty(), Map.of())));
    var pin = namespaces().resolve("net");
    try {
      openIn(Map.of("network", pin));
      var port = here(() -> host.namespaces().inside(pin, PodStreamsContract::listening));

      // When
      var connection = here(() -> runtime.dial(call(), pod, List.of(), port.getLocalPort()));
      var answer = all(Optional.of(connection.reading()));
      begun(() -> connection.writing().end(Buffer.buffer("hello")));

      // Then
      assertThat(echoed(port)).isEqualTo("hello");
      assertThat(await(answer)).hasToString("hello");
      closed(connection);
    } finally {
      here(() -> host.namespaces().remove(namespaces()));
    }
  }

  @Test
  void dialOfAPodOnTheHostsNetworkFallsBackToIpv6() throws IOException {
    // Given
    openIn(Map.of());
    try (var six = new ServerSocket(0, 5, InetAddress.getByName("::1"))) {

      // When
      var connection = here(() -> runtime.dial(call(), pod, List.of(), six.getLocalPort()));

      // Then
      begun(() -> connection.writing().end(Buffer.buffer("six")));
      assertThat(echoed(six)).isEqualTo("six");
      closed(connection);
    }
  }

  @Test
  void refusedPortIsAnError() {
    // Given
    openIn(Map.of());

    // Then
    assertThat(faultOf(() -> runtime.dial(call(), pod, List.of(), 1)).kind())
        .isEqualTo(Kind.UNAVAILABLE);
    assertThat(faultOf(() -> runtime.dial(call(), pod, List.of(), 0)).kind())
        .isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(faultOf(() -> runtime.dial(call(), SandboxId.random(), List.of(), 80)).kind())
        .isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void streamsOfWhatIsNotThereAreNotFound() {
    // Given
    var nobody = ContainerId.random();

    // Then
    assertThat(
            faultOf(() -> runtime.attach(call(), nobody, new AttachSpec(true, true, true))).kind())
        .isEqualTo(Kind.NOT_FOUND);
  }

  private ExecStreams exec(ContainerSpec container, String script) {
    return exec(
        container, new ExecStreamSpec(List.of("/bin/sh", "-c", script), false, false, true, true));
  }

  private ExecStreams exec(ContainerSpec container, ExecStreamSpec spec) {
    return here(() -> runtime.execStream(call(), container.id(), spec));
  }

  /** Closes them, on a context. */
  private void closed(ExecStreams streams) {
    here(
        () -> {
          streams.close();
          return Future.succeededFuture(true);
        });
  }

  private void closed(Connection connection) {
    here(
        () -> {
          connection.close();
          return Future.succeededFuture(true);
        });
  }

  private Future<Buffer> all(Optional<ReadStream<Buffer>> stream) {
    return begun(
        () -> {
          var read = Buffer.buffer();
          var ended = Promise.<Buffer>promise();
          stream.orElseThrow().endHandler(_ -> ended.complete(read)).handler(read::appendBuffer);
          return ended.future();
        });
  }

  private static Future<Void> fed(WriteStream<Buffer> stdin, Buffer input, int from) {
    if (from >= input.length()) {
      return stdin.end();
    }
    var to = Math.min(input.length(), from + 50_000);
    return stdin.write(input.slice(from, to)).compose(_ -> fed(stdin, input, to));
  }

  /** The result, which must come on the one context that all streams of a test are used on. */
  private <T> T here(Supplier<Future<T>> work) {
    return await(begun(work));
  }

  private <T> Future<T> begun(Supplier<Future<T>> work) {
    var result = Promise.<T>promise();
    context.runOnContext(
        _ ->
            work.get()
                .onComplete(
                    done -> {
                      if (Vertx.currentContext() == context) {
                        result.handle(done);
                      } else {
                        result.fail(new AssertionError("completed on " + Thread.currentThread()));
                      }
                    }));
    return result.future();
  }

  private Path namespaces() {
    try {
      return Files.createDirectories(directory.resolve("ns"));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private void openIn(Map<String, Path> namespaces) {
    var plain = pod(false);
    here(
        () ->
            runtime.open(
                call(),
                new PodSpec(
                    plain.id(),
                    plain.directory(),
                    namespaces,
                    false,
                    group,
                    plain.hostname(),
                    Confines.NONE)));
  }

  private static ServerSocket listening() throws IOException {
    return new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
  }

  /** Takes one connection, answers what it says, and tells. */
  private static String echoed(ServerSocket port) {
    try (var listener = port;
        var client = listener.accept()) {
      var said = client.getInputStream().readAllBytes();
      client.getOutputStream().write(said);
      return new String(said, StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
