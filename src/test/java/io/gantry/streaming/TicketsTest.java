package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ids.ContainerId;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TicketsTest {
  private static final ExecRequest LS = new ExecRequest(List.of("ls"), false, false, true, true);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final Tickets tickets = new Tickets(Duration.ofMinutes(1), 3, nanos::get);

  @BeforeEach
  void serve() {
    tickets.served(URI.create("http://127.0.0.1:9"));
  }

  @Test
  void aUrlIsAbsoluteAndItsTokenHasTwoHundredAndFiftySixRandomBits() {
    // Given
    var seen = new HashSet<String>();

    // When
    for (var i = 0; i < 100; i++) {
      var url = exec();
      assertThat(url.toString()).startsWith("http://127.0.0.1:9/exec/");
      seen.add(token(url));
      tickets.take(token(url));
    }

    // Then
    assertThat(seen)
        .hasSize(100)
        .allMatch(token -> Base64.getUrlDecoder().decode(token).length == 32);
  }

  @Test
  void eachKindHasItsPlace() {
    assertThat(
            tickets.attach(
                call(), StreamingNode.CONTAINER, new AttachRequest(true, true, true, false)))
        .startsWith("http://127.0.0.1:9/attach/");
    assertThat(tickets.portForward(call(), StreamingNode.SANDBOX, List.of()))
        .startsWith("http://127.0.0.1:9/portforward/");
  }

  @Test
  void aTokenIsTakenOnce() {
    // Given
    var token = token(exec());

    // Then
    assertThat(tickets.look(token)).isPresent();
    assertThat(tickets.take(token)).isPresent();
    assertThat(tickets.take(token)).isEmpty();
    assertThat(tickets.look(token)).isEmpty();
  }

  @Test
  void aTokenExpiresAfterAMinute() {
    // Given
    var token = token(exec());

    // When
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(60) - 1);

    // Then
    assertThat(tickets.look(token)).isPresent();

    // When
    nanos.addAndGet(1);

    // Then
    assertThat(tickets.take(token)).isEmpty();
  }

  @Test
  void tokensInFlightAreBounded() {
    // Given
    exec();
    var second = exec();
    exec();

    // Then
    assertFault(this::exec, Kind.RESOURCE_EXHAUSTED);

    // When
    tickets.take(token(second));
    exec();
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));

    // Then
    assertThat(exec()).isNotNull();
  }

  @Test
  void beforeTheServerListensThereAreNoUrls() {
    // When
    tickets.closed();

    // Then
    assertFault(this::exec, Kind.UNAVAILABLE);
  }

  @Test
  void theDeadlineOfTheRpcIsNotThatOfTheStream() {
    // Given
    var call =
        Call.of(Call.Tools.plain(), "Exec", Actor.CRI, Trace.fresh(), Optional.of(Duration.ZERO));

    // When
    var url = URI.create(tickets.exec(call, StreamingNode.CONTAINER, LS));

    // Then
    assertThat(tickets.take(token(url)))
        .get()
        .isInstanceOfSatisfying(
            Ticket.Exec.class,
            exec -> {
              assertThat(exec.call().over()).isEmpty();
              assertThat(exec.call().trace()).isEqualTo(call.trace());
              assertThat(exec.call().actor()).isEqualTo(Actor.CRI);
            });
  }

  @Test
  void requestsThatMakeNoSenseAreRefused() {
    assertFault(() -> new ContainerId(""), Kind.INVALID_ARGUMENT);
    assertFault(
        () -> new ExecRequest(List.of("sh"), true, true, true, true), Kind.INVALID_ARGUMENT);
    assertFault(
        () -> new ExecRequest(List.of("sh"), false, false, false, false), Kind.INVALID_ARGUMENT);
    assertFault(() -> new ExecRequest(List.of(), false, false, true, false), Kind.INVALID_ARGUMENT);
    assertFault(() -> new AttachRequest(true, false, true, true), Kind.INVALID_ARGUMENT);
    assertFault(() -> new AttachRequest(true, false, false, false), Kind.INVALID_ARGUMENT);
    assertFault(
        () -> tickets.portForward(call(), StreamingNode.SANDBOX, List.of(0)),
        Kind.INVALID_ARGUMENT);
  }

  private static void assertFault(ThrowingCallable call, Kind kind) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RuntimeFault.class, fault -> assertThat(fault.kind()).isEqualTo(kind));
  }

  private URI exec() {
    return URI.create(tickets.exec(call(), StreamingNode.CONTAINER, LS));
  }

  private static Call call() {
    return StreamingNode.call();
  }

  private static String token(URI url) {
    return url.getPath().substring(url.getPath().lastIndexOf('/') + 1);
  }
}
