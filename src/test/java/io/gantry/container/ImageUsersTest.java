package io.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.container.ContainerConfig.Security;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageUsersTest {
  private static final String PASSWD =
      """
      # users
      root:x:0:0:root:/root:/bin/sh
      app:x:1000:1000::/home/app:/bin/sh
      app:x:2000:2000::/second:/bin/sh
      2147483648:x:0:0::/overflow:/bin/sh
      4294967296:x:0:0::/overflow:/bin/sh
      -1:x:0:0::/overflow:/bin/sh
      +1:x:0:0::/overflow:/bin/sh
      0x10:x:0:0::/hex:/bin/sh
      huge:x:4294967296:0::/huge:/bin/sh
      short:x:7
      :x:8:8::/nobody:/bin/sh
      bell:x:9:9::/ho\u0007me:/bin/sh
      """;

  private static final String GROUP =
      """
      root:x:0:
      app:x:1000:
      wheel:x:50:root,app
      staff:x:60:other,app,
      half:x:70
      huge:x:4294967296:app
      2147483648:x:0:
      """;

  private final ImageUsers users =
      new ImageUsers(
          Map.of(ImageUsers.PASSWD, Buffer.buffer(PASSWD), ImageUsers.GROUP, Buffer.buffer(GROUP)));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''         | 0    | 0    | 0,50
          app        | 1000 | 1000 | 1000,50,60
          1000       | 1000 | 1000 | 1000,50,60
          0001000    | 1000 | 1000 | 1000,50,60
          app:wheel  | 1000 | 50   | 50,60
          app:77     | 1000 | 77   | 77,50,60
          1000:staff | 1000 | 60   | 60,50
          12345      | 12345 | 0   | 0
          12345:6    | 12345 | 6   | 6
          app:       | 1000 | 1000 | 1000,50,60
          """)
  void theUserOfTheImageIsFoundByNameAndByNumber(
      String ofImage, long user, long group, String groups) {
    var identity = users.identity(Asked.PLAIN, ofImage);

    assertThat(identity.user()).isEqualTo(user);
    assertThat(identity.group()).isEqualTo(group);
    assertThat(identity.groups())
        .isEqualTo(List.of(groups.split(",")).stream().map(Long::valueOf).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2147483648",
        "4294967295",
        "4294967296",
        "-1",
        "+1",
        "0x10",
        "0X10",
        "99999999999999999999",
        "app:2147483648",
        "app:-1",
        "app:0x0"
      })
  void whatLooksLikeANumberIsNeverTakenForAName(String ofImage) {
    assertThatThrownBy(() -> users.identity(Asked.PLAIN, ofImage))
        .hasMessageStartingWith("image ")
        .hasMessageContaining("a number up to 2147483647");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "huge", "short", "app:huge", "app:nobody", "root\n", " root"})
  void whomTheImageDoesNotKnowItCannotName(String ofImage) {
    assertThatThrownBy(() -> users.identity(Asked.PLAIN, ofImage))
        .hasMessageContaining("of the image)");
  }

  @Test
  void aNameInTheRequestComesBeforeANumberInItAndBothBeforeTheImage() {
    assertThat(users.identity(as("app", Optional.of(0L)), "root").user()).isEqualTo(1000);
    assertThat(users.identity(as("", Optional.of(1000L)), "root:wheel").group()).isEqualTo(1000);
    assertThat(users.identity(as("app", Optional.empty()), "").home()).contains("/home/app");
    assertThatThrownBy(() -> users.identity(as("nobody", Optional.empty()), ""))
        .hasMessage("run_as_username: 'nobody' (expected: a name in /etc/passwd of the image)");
  }

  @Test
  void theGroupOfTheRequestComesFirstAndNeedsAUser() {
    var grouped = grouped(as("app", Optional.empty()));

    assertThat(users.identity(grouped, "").group()).isEqualTo(42);
    assertThat(users.identity(grouped, "").groups()).containsExactly(42L, 50L, 60L);
    assertThatThrownBy(() -> users.identity(grouped(Asked.PLAIN), "app"))
        .hasMessageStartingWith("run_as_group: without a user");
  }

  @Test
  void strictTakesNoGroupFromTheImage() {
    // Given
    var merged = supplemented(true);
    var strict = supplemented(false);

    // Then
    assertThat(users.identity(merged, "").groups()).containsExactly(1000L, 50L, 60L, 1234L);
    assertThat(users.identity(strict, "").groups()).containsExactly(1000L, 1234L, 50L);
  }

  @Test
  void aHomeThatCouldNotBeAValueIsNoHome() {
    assertThat(users.identity(Asked.PLAIN, "bell").home()).isEmpty();
    assertThat(users.identity(Asked.PLAIN, "12345").home()).isEmpty();
  }

  @Test
  void anImageWithoutFilesHasUsersByNumberOnly() {
    var none = new ImageUsers(Map.of());

    assertThat(none.identity(Asked.PLAIN, "7:8").groups()).containsExactly(8L);
    assertThatThrownBy(() -> none.identity(Asked.PLAIN, "root"))
        .hasMessageStartingWith("image user: 'root'");
  }

  private static Security as(String username, Optional<Long> user) {
    return Asked.identified(user, username, Optional.empty(), List.of(), true);
  }

  private static Security grouped(Security security) {
    return Asked.identified(
        security.user(), security.username(), Optional.of(42L), List.of(), true);
  }

  private static Security supplemented(boolean merged) {
    return Asked.identified(Optional.of(1000L), "", Optional.empty(), List.of(1234L, 50L), merged);
  }
}
