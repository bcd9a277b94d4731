package io.gantry.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the daemon is told of providers by lib/java.security: tests run with the same file. */
class SecurityProvidersTest {
  private static final String LIBRARY = "AmazonCorrettoCryptoProvider";

  @ParameterizedTest
  @ValueSource(strings = {"SHA-256", "SHA-384", "SHA-512"})
  void hashesOfImagesComeFromTheLibrary(String algorithm) throws Exception {
    assertThat(MessageDigest.getInstance(algorithm).getProvider().getName()).isEqualTo(LIBRARY);
  }

  @Test
  void hashIsThatOfTheStandard() throws Exception {
    // FIPS 180-4, the example of one block
    var hash = MessageDigest.getInstance("SHA-256").digest(new byte[] {'a', 'b', 'c'});

    assertThat(HexFormat.of().formatHex(hash))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void ciphersOfTlsComeFromTheLibraryAndTheProtocolFromTheJdk() throws Exception {
    assertThat(Cipher.getInstance("AES/GCM/NoPadding").getProvider().getName()).isEqualTo(LIBRARY);
    assertThat(SSLContext.getInstance("TLSv1.3").getProvider().getName()).isEqualTo("SunJSSE");
  }

  @Test
  void jdkIsNextWhereTheLibraryDoesNotRun() {
    assertThat(Arrays.stream(Security.getProviders()).map(Provider::getName))
        .startsWith(LIBRARY, "SUN", "SunRsaSign", "SunEC", "SunJSSE", "SunJCE")
        .doesNotHaveDuplicates();
  }
}
