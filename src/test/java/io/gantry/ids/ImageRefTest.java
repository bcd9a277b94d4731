package io.gantry.ids;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageRefTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io/library/busybox:latest",
    "busybox:1.29-2, docker.io/library/busybox:1.29-2",
    "team/app, docker.io/team/app:latest",
    "docker.io/busybox, docker.io/library/busybox:latest",
    "index.docker.io/team/app:1, docker.io/team/app:1",
    "quay.io/a/b/c:v1, quay.io/a/b/c:v1",
    "localhost/app, localhost/app:latest",
    "localhost:5000/app, localhost:5000/app:latest",
    "registry:5000/app:1, registry:5000/app:1",
    "[::1]:5000/app:1, [::1]:5000/app:1",
    "10.0.0.1/a__b/c-d.e:T_1.x, 10.0.0.1/a__b/c-d.e:T_1.x"
  })
  void aShortNameIsCompleted(String text, String full) {
    assertThat(ImageRef.parse(text)).hasToString(full);
    assertThat(ImageRef.parse(full)).isEqualTo(ImageRef.parse(text));
  }

  @Test
  void aDigestNeedsNoTag() {
    // When
    var bare = ImageRef.parse("quay.io/app@" + DIGEST);
    var both = ImageRef.parse("quay.io/app:1@" + DIGEST);

    // Then
    assertThat(bare.tag()).isEmpty();
    assertThat(bare.digest()).contains(new Digest(DIGEST));
    assertThat(bare.tagged()).isEmpty();
    assertThat(both.tagged()).contains("quay.io/app:1");
    assertThat(both.at(new Digest(DIGEST))).isEqualTo("quay.io/app@" + DIGEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "@",
        ":1",
        "/app",
        "App",
        "quay.io/",
        "quay.io/App",
        "quay.io/../app",
        "quay.io/a//b",
        "quay.io/app:",
        "quay.io/app:-x",
        "quay.io/app@sha256:short",
        "quay.io/app@md5:aa",
        "quay.io/a b",
        "quay.io/a?x=y",
        "quay.io/a%2e",
        "user@quay.io/app",
        "http://quay.io/app",
        "quay.io:99999999/app",
        "quay.io/app\n"
      })
  void whatIsNoReferenceIsRefused(String text) {
    assertThatThrownBy(() -> ImageRef.parse(text))
        .isInstanceOfSatisfying(
            RuntimeFault.class,
            fault -> assertThat(fault.kind()).isEqualTo(RuntimeFault.Kind.INVALID_ARGUMENT));
  }

  @Test
  void lengthsAreBounded() {
    assertThatThrownBy(() -> ImageRef.parse("quay.io/" + "a".repeat(300)))
        .isInstanceOf(RuntimeFault.class);
    assertThatThrownBy(() -> ImageRef.parse("quay.io/a:" + "t".repeat(129)))
        .isInstanceOf(RuntimeFault.class);
  }
}
