package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  @Test
  void aBearerChallengeHasItsParameters() {
    // When
    var challenges =
        Challenge.parse(
            List.of(
                "Bearer realm=\"https://auth.test/token\",service=\"registry.test\","
                    + "scope=\"repository:a/b:pull,push\""));

    // Then
    assertThat(challenges)
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://auth.test/token",
                    "service", "registry.test",
                    "scope", "repository:a/b:pull,push")));
  }

  @Test
  void severalChallengesComeInOneHeaderOrInMany() {
    // When
    var challenges =
        Challenge.parse(
            List.of("Negotiate, BASIC Realm = \"a \\\"b\\\"\" , charset=UTF-8", "Bearer realm=x"));

    // Then
    assertThat(challenges)
        .containsExactly(
            new Challenge("negotiate", Map.of()),
            new Challenge("basic", Map.of("realm", "a \"b\"", "charset", "UTF-8")),
            new Challenge("bearer", Map.of("realm", "x")));
  }

  @Test
  void nonsenseIsNoChallengeAndTakesNoTime() {
    assertThat(Challenge.parse(List.of("", ",,,", "=", "\"", "a".repeat(1_000_000)))).isEmpty();
    assertThat(Challenge.parse(List.of("Basic realm=\"" + "\\a".repeat(2000)))).hasSize(1);
    assertThat(Challenge.parse(List.of("Basic " + "x=y,".repeat(1000)))).hasSize(1);
  }
}
