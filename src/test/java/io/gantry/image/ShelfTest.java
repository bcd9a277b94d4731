package io.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.ids.Digest;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShelfTest {
  private final Shelf shelf = new Shelf();

  private static Digest digest(char digit) {
    return new Digest("sha256:" + String.valueOf(digit).repeat(64));
  }

  private static Layer layer(char digit, char blob) {
    return new Layer(digest(digit), Set.of(digest(blob)), 1, 1, false, false);
  }

  @Test
  void aLayerIsVerifiedForTheBlobsItWasSeenIn() {
    // When
    shelf.add(layer('1', 'a'));
    shelf.add(layer('1', 'b'));

    // Then
    assertThat(shelf.verified(digest('1'), digest('a'))).isPresent();
    assertThat(shelf.verified(digest('1'), digest('b'))).isPresent();
    assertThat(shelf.verified(digest('1'), digest('c'))).isEmpty();
    assertThat(shelf.all()).hasSize(1);
  }

  @Test
  void whatIsPinnedOrNeededIsNotTaken() {
    // Given
    shelf.putBack(List.of(layer('1', 'a'), layer('2', 'b'), layer('3', 'c')));
    shelf.pin(List.of(digest('1')));
    shelf.pin(List.of(digest('1')));

    // When
    var taken = shelf.takeAllBut(() -> Set.of(digest('2')));

    // Then
    assertThat(taken).extracting(Layer::diffId).containsExactly(digest('3'));
    shelf.unpin(List.of(digest('1')));
    assertThat(shelf.takeAllBut(Set::of)).extracting(Layer::diffId).containsExactly(digest('2'));
    shelf.unpin(List.of(digest('1')));
    assertThat(shelf.takeAllBut(Set::of)).extracting(Layer::diffId).containsExactly(digest('1'));
  }

  @Test
  void onlyLayersThatAreAllHereCanBeHeld() {
    // Given
    shelf.putBack(List.of(layer('1', 'a')));

    // When
    var some = shelf.pinPresent(List.of(digest('1'), digest('2')));
    var all = shelf.pinPresent(List.of(digest('1'), digest('1')));

    // Then
    assertThat(some).isFalse();
    assertThat(all).isTrue();
    assertThat(shelf.takeAllBut(Set::of)).isEmpty();
    shelf.unpin(List.of(digest('1'), digest('1')));
    assertThat(shelf.takeAllBut(Set::of)).hasSize(1);
  }

  @Test
  void whoeverNeedsALayerBeforeItsPinGoesIsHeard() throws Exception {
    // Given
    shelf.putBack(List.of(layer('1', 'a')));
    shelf.pin(List.of(digest('1')));
    var letGo = new Thread(() -> shelf.unpin(List.of(digest('1'))));

    // When: the pin is let go while the needs are being asked for
    var taken =
        shelf.takeAllBut(
            () -> {
              letGo.start();
              return Set.of();
            });

    // Then
    letGo.join();
    assertThat(taken).isEmpty();
  }
}
