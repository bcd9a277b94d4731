package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTest {
  @Test
  void eachSchemeHasItsProxyAndThisMachineNone() {
    // Given
    var proxies =
        Proxies.from(
            Map.of("http_proxy", "one.test:3128", "HTTPS_PROXY", "socks5://u:p%40@two.test"));

    // When
    var plain = proxies.on(URI.create("http://a.test/v2/")).orElseThrow();
    var encrypted = proxies.on(URI.create("https://a.test/v2/")).orElseThrow();

    // Then
    assertThat(plain.getHost() + " " + plain.getPort()).isEqualTo("one.test 3128");
    assertThat(encrypted.getHost() + " " + encrypted.getPort()).isEqualTo("two.test 1080");
    assertThat(encrypted.getPassword()).isEqualTo("p@");
    assertThat(proxies.on(URI.create("http://127.0.0.1:5000/"))).isEmpty();
    assertThat(proxies.on(URI.create("http://localhost:5000/"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          example.com          | https://example.com/         | true
          example.com          | https://a.b.example.com/     | true
          example.com          | https://badexample.com/      | false
          .example.com         | https://example.com/         | false
          *.example.com        | https://a.example.com/       | true
          example.com:5000     | https://example.com:5000/    | true
          example.com:5000     | https://example.com/         | false
          10.1.2.3             | https://10.1.2.3:5000/       | true
          10.0.0.0/8           | https://10.200.0.1/          | true
          10.0.0.0/9           | https://10.200.0.1/          | false
          fd00::/8             | https://[fd00::5]:5000/      | true
          [fd00::5]:5000       | https://[fd00::5]:5000/      | true
          *                    | https://anything.test/       | true
          a.test, EXAMPLE.com  | https://Example.Com/         | true
          0.0.0/8x             | https://10.0.0.1/            | false
          """)
  void anExceptionIsAHostADomainAnAddressOrARange(String except, URI address, boolean direct) {
    // Given
    var proxies = Proxies.from(Map.of("HTTPS_PROXY", "proxy.test:1", "no_proxy", except));

    // When
    var proxy = proxies.on(address);

    // Then
    assertThat(proxy.isEmpty()).isEqualTo(direct);
  }

  @Test
  void aWrongAddressIsRefusedWithoutItsPassword() {
    assertThatThrownBy(() -> Proxies.from(Map.of("HTTP_PROXY", "ftp://u:secret@h")))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("HTTP_PROXY: ")
        .hasMessageNotContaining("secret");
  }
}
