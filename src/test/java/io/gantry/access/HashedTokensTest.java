package io.gantry.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.state.FakeState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HashedTokensTest {
  /** A clock that is set by hand. */
  private static final class Hands extends Clock {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private final Hands clock = new Hands();
  private final FakeState state = new FakeState();
  private final Access access = Access.over(state, clock).result();
  private final Call call = Call.internal(Call.Tools.plain(), "test");

  private Access.Created created(String name, Role role, Optional<Duration> life) {
    return access.create(call, name, role, life).result();
  }

  @Test
  void aTokenIsKnownByItsTextAlsoAfterARestartAndTheTextIsNotKept() {
    // When
    var made = created("dashboard", Role.VIEW, Optional.empty());

    // Then
    assertThat(access.known(made.text())).contains(made.token());
    assertThat(access.known(made.text() + "x")).isEmpty();
    assertThat(access.known(made.text().substring(0, made.text().length() - 1) + "!")).isEmpty();
    assertThat(Access.over(state, clock).result().known(made.text())).contains(made.token());
    var secret = made.text().substring(made.text().lastIndexOf('_') + 1);
    assertThat(state.load("token").result().toString())
        .contains("dashboard")
        .doesNotContain(secret);
  }

  @Test
  void theTextOfOneTokenIsNotThatOfAnother() {
    // Given
    var one = created("one", Role.VIEW, Optional.empty());
    var other = created("other", Role.ADMIN, Optional.empty());

    // When
    var forged = one.text().replace(one.token().id(), other.token().id());

    // Then
    assertThat(access.known(forged)).isEmpty();
  }

  @Test
  void whatIsRevokedOrHasExpiredOpensNothing() {
    // Given
    var revoked = created("a", Role.ADMIN, Optional.empty());
    var expiring = created("b", Role.ADMIN, Optional.of(Duration.ofHours(1)));

    // When
    access.revoke(call, revoked.token().id()).result();
    clock.now = clock.now.plusSeconds(3600);

    // Then
    assertThat(access.known(revoked.text())).isEmpty();
    assertThat(access.known(expiring.text())).isEmpty();
    assertThat(Access.over(state, clock).result().known(revoked.text())).isEmpty();
    assertThat(access.tokens()).containsExactly(expiring.token());
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    assertThatThrownBy(() -> created("a b", Role.VIEW, Optional.empty()))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("token name: 'a b'");
    assertThatThrownBy(() -> created("a", Role.VIEW, Optional.of(Duration.ZERO)))
        .hasMessageContaining("token life: 0 s");
    assertThatThrownBy(() -> access.revoke(call, "nobody")).hasMessageContaining("'nobody'");
  }
}
