package io.gantry.network;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.ids.SandboxId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What every {@link Networks} promises. */
abstract class NetworksContract {
  abstract Networks networks();

  abstract Attach request(SandboxId id);

  abstract Vertx vertx();

  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  private final SandboxId pod = SandboxId.random();

  static <T> T result(Future<T> future) {
    try {
      return future.await(20, SECONDS);
    } catch (TimeoutException late) {
      throw new AssertionError("no answer within 20 s", late);
    }
  }

  @Test
  void attachedPodHasAnAddress() {
    // When
    var attachment = result(networks().attach(call, request(pod)));

    // Then
    assertThat(attachment.ips()).isNotEmpty();
    result(networks().detach(call, pod));
  }

  @Test
  void podIsCachedFromItsAttachToItsDetach() {
    // Given
    result(networks().attach(call, request(pod)));
    var attached = result(networks().cached());

    // When
    result(networks().detach(call, pod));

    // Then
    assertThat(attached).contains(pod);
    assertThat(result(networks().cached())).doesNotContain(pod);
  }

  @Test
  void podThatWasNeverAttachedIsDetachedAlready() {
    // When
    var detached = networks().detach(call, pod);

    // Then
    assertThat(result(detached)).isNull();
  }

  @Test
  void podThatIsExpectedIsCachedUntilItIsDetached() {
    // When
    result(networks().expect(call, request(pod)));

    // Then
    assertThat(result(networks().cached())).contains(pod);
    result(networks().detach(call, pod));
    assertThat(result(networks().cached())).doesNotContain(pod);
  }

  @Test
  void callThatIsOverAttachesNothing() {
    // Given
    var over = Call.internal(Call.Tools.plain(), "Test");
    over.cancel("nobody waits");

    // When
    var attached = networks().attach(over, request(pod)).transform(Future::succeededFuture);

    // Then
    assertThat(result(attached).succeeded()).isFalse();
    assertThat(result(networks().cached())).doesNotContain(pod);
  }

  @Test
  void futuresCompleteOnTheContextOfTheCaller() {
    // Given
    var context = vertx().getOrCreateContext();

    // When
    var attachedOn = contextOf(context, () -> networks().attach(call, request(pod)));
    var listedOn = contextOf(context, () -> networks().cached());
    var detachedOn = contextOf(context, () -> networks().detach(call, pod));

    // Then
    assertThat(attachedOn).isSameAs(context);
    assertThat(listedOn).isSameAs(context);
    assertThat(detachedOn).isSameAs(context);
  }

  private static Context contextOf(Context context, Supplier<Future<?>> work) {
    var seen = io.vertx.core.Promise.<Context>promise();
    context.runOnContext(_ -> work.get().onComplete(_ -> seen.complete(Vertx.currentContext())));
    return result(seen.future());
  }
}
