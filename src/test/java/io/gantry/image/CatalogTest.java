package io.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.ids.Digest;
import io.gantry.oci.ImageConfig;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CatalogTest {
  private static Image image(String start, String... tags) {
    return new Image(
        new Digest("sha256:" + start + "0".repeat(64 - start.length())),
        List.of(tags),
        List.of(),
        1,
        new ImageConfig(null, null, null, null),
        List.of(),
        Instant.EPOCH);
  }

  @Test
  void aPrefixIsTheImageWhenOnlyOneHasIt() {
    // Given
    var one = image("abcd1");
    var two = image("abcd2");
    var catalog = Catalog.of(List.of(one, two));

    // Then
    assertThat(catalog.find("abcd1")).contains(one);
    assertThat(catalog.find("sha256:abcd2")).contains(two);
    assertThat(catalog.find("abcd")).as("either").isEmpty();
    assertThat(catalog.find("abc")).as("too short to tell from a name").isEmpty();
    assertThat(catalog.find(one.id().value())).contains(one);
  }

  @Test
  void aNameGoesBeforeAnId() {
    // Given
    var named = image("1111", "docker.io/library/cafe:latest");
    var cafe = image("cafe");

    // Then
    assertThat(Catalog.of(List.of(named, cafe)).find("cafe")).contains(named);
    assertThat(Catalog.of(List.of(cafe)).find("cafe")).contains(cafe);
    assertThat(Catalog.of(List.of(cafe)).find("not a name")).isEmpty();
  }

  @Test
  void aCatalogNeverChanges() {
    // Given
    var one = image("1111", "quay.io/a:1");
    var before = Catalog.of(List.of(one));

    // When
    var after = before.without(one.id());

    // Then
    assertThat(before.list()).containsExactly(one);
    assertThat(after.list()).isEmpty();
    assertThat(after.find("quay.io/a:1")).isEmpty();
  }
}
