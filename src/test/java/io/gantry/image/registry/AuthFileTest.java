package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ImageRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthFileTest {
  @TempDir private Path folder;

  private Optional<Credentials> find(String json, String reference) throws IOException {
    var file = folder.resolve("config.json");
    Files.writeString(file, json);
    return new AuthFile(file).find(ImageRef.parse(reference));
  }

  @Test
  void theLongestKeyThatFitsIsTaken() throws IOException {
    // Given
    var json =
        """
        {"auths": {
          "a.test": {"username": "host", "password": "1"},
          "a.test/team": {"identitytoken": "refresh"},
          "a.test/team/app": {"registrytoken": "bearer"},
          "https://index.docker.io/v1/": {"auth": "aHViOjI="}}}
        """;

    // Then
    assertThat(find(json, "a.test/x:1")).contains(new Credentials.Basic("host", "1"));
    assertThat(find(json, "a.test/teammate:1")).contains(new Credentials.Basic("host", "1"));
    assertThat(find(json, "a.test/team/b:1")).contains(new Credentials.Identity("refresh"));
    assertThat(find(json, "a.test/team/app:1")).contains(new Credentials.Bearer("bearer"));
    assertThat(find(json, "busybox")).contains(new Credentials.Basic("hub", "2"));
    assertThat(find(json, "b.test/team/app:1")).isEmpty();
  }

  @Test
  void aFileThatIsNotThereHasNothing() throws IOException {
    assertThat(new AuthFile(folder.resolve("none")).find(ImageRef.parse("a"))).isEmpty();
  }

  @Test
  void whatCannotBeUsedIsAnErrorWithoutTheSecret() {
    assertThatThrownBy(
            () -> find("{\"auths\": {\"a.test\": {\"auth\": \"c2VjcmV0\"}}}", "a.test/x"))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("auths.a.test: (hidden)")
        .hasMessageNotContaining("c2VjcmV0");
    assertThatThrownBy(() -> find("{\"credHelpers\": {\"a.test\": \"pass\"}}", "a.test/x"))
        .hasMessageContaining("helper program");
    assertThatThrownBy(() -> find("secret", "a.test/x")).hasMessageNotContaining("secret");
  }
}
