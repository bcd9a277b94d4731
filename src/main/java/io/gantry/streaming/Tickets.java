package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The URLs that wait for their clients, in the order in which they expire. The token is the only
 * secret of a stream: it is random, taken once, and no message contains it.
 */
final class Tickets implements Streams {
  private static final int TOKEN_BYTES = 32;

  private record Waiting(Ticket ticket, long expiresNanos) {}

  private final Duration life;
  private final int most;
  private final LongSupplier nanos;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();
  private volatile @Nullable URI base;

  /**
   * @param nanos a clock that only ever goes forward
   */
  Tickets(Duration life, int most, LongSupplier nanos) {
    this.life = life;
    this.most = most;
    this.nanos = nanos;
  }

  /** The server listens: what all URLs begin with, without a slash at its end. */
  void served(URI base) {
    this.base = base;
  }

  /** What all URLs begin with, while the server listens. */
  Optional<URI> base() {
    return Optional.ofNullable(base);
  }

  /** The server listens no more. */
  void closed() {
    base = null;
  }

  @Override
  public String exec(Call call, ContainerId container, ExecRequest request) {
    return url(new Ticket.Exec(call.detached(), container, request));
  }

  @Override
  public String attach(Call call, ContainerId container, AttachRequest request) {
    return url(new Ticket.Attach(call.detached(), container, request));
  }

  @Override
  public String portForward(Call call, SandboxId sandbox, List<Integer> ports) {
    for (var port : ports) {
      if (port < 1 || port > 65_535) {
        throw RuntimeFault.invalid("port: " + port + " (expected: 1 to 65535)");
      }
    }
    return url(new Ticket.PortForward(call.detached(), sandbox, List.copyOf(ports)));
  }

  private String url(Ticket ticket) {
    var begin = base;
    if (begin == null) {
      throw RuntimeFault.unavailable("streaming server: not listening (expected: started)", null);
    }
    var bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    var token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    keep(token, ticket);
    return begin + "/" + ticket.place() + "/" + token;
  }

  private synchronized void keep(String token, Ticket ticket) {
    forgetExpired();
    if (waiting.size() >= most) {
      throw RuntimeFault.exhausted(
          "streaming urls in flight: " + waiting.size() + " (expected: fewer than " + most + ")");
    }
    waiting.put(token, new Waiting(ticket, nanos.getAsLong() + life.toNanos()));
  }

  /** What a token stands for; it stays good. */
  synchronized Optional<Ticket> look(String token) {
    forgetExpired();
    return Optional.ofNullable(waiting.get(token)).map(Waiting::ticket);
  }

  /** What a token stands for, for the first who takes it. */
  synchronized Optional<Ticket> take(String token) {
    forgetExpired();
    return Optional.ofNullable(waiting.remove(token)).map(Waiting::ticket);
  }

  private void forgetExpired() {
    var now = nanos.getAsLong();
    var oldest = waiting.values().iterator();
    while (oldest.hasNext() && oldest.next().expiresNanos - now <= 0) {
      oldest.remove();
    }
  }
}
