package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.cri.proto.AuthConfig;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ImageRef;
import io.gantry.image.registry.Credentials;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullAuthTest {
  private static final ImageRef IMAGE = ImageRef.parse("a.test:5000/team/app:1");

  @Test
  void oneKindGoesBeforeTheOther() {
    // Given
    var all =
        AuthConfig.newBuilder()
            .setUsername("user")
            .setPassword("secret")
            .setIdentityToken("identity")
            .setAuth("bmFtZTp3b3Jk")
            .setRegistryToken("token");

    // Then
    assertThat(PullAuth.credentials(IMAGE, all.build()))
        .contains(new Credentials.Basic("user", "secret"));
    assertThat(PullAuth.credentials(IMAGE, all.clearUsername().build()))
        .contains(new Credentials.Identity("identity"));
    assertThat(PullAuth.credentials(IMAGE, all.clearIdentityToken().build()))
        .contains(new Credentials.Basic("name", "word"));
    assertThat(PullAuth.credentials(IMAGE, all.clearAuth().build()))
        .contains(new Credentials.Bearer("token"));
    assertThat(PullAuth.credentials(IMAGE, AuthConfig.getDefaultInstance())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "a.test:5000, true",
    "https://a.test:5000/v2/, true",
    "a.test:5000/v1/, true",
    "a.test, false",
    "https://b.test:5000, false"
  })
  void credentialsAreForTheirServerAlone(String server, boolean shown) {
    // Given
    var auth = AuthConfig.newBuilder().setUsername("user").setServerAddress(server).build();

    // Then
    assertThat(PullAuth.credentials(IMAGE, auth).isPresent()).isEqualTo(shown);
  }

  @Test
  void dockersOwnServerHasManyNames() {
    // Given
    var auth = AuthConfig.newBuilder().setUsername("user");

    // Then
    assertThat(
            PullAuth.credentials(
                ImageRef.parse("busybox"),
                auth.setServerAddress("https://index.docker.io/v1/").build()))
        .isPresent();
  }

  @Test
  void whatIsMalformedIsRefusedWithoutTheSecret() {
    assertThatThrownBy(
            () -> PullAuth.credentials(IMAGE, AuthConfig.newBuilder().setAuth("c2VjcmV0").build()))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageNotContaining("c2VjcmV0");
    assertThatThrownBy(
            () ->
                PullAuth.credentials(
                    IMAGE, AuthConfig.newBuilder().setServerAddress("https://a b").build()))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("auth.server_address");
  }
}
