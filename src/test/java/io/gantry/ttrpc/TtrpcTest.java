package io.gantry.ttrpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ttrpc.proto.Request;
import io.gantry.ttrpc.proto.Response;
import io.gantry.ttrpc.proto.Status;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TtrpcTest {
  private static final Method<StringValue> ECHO =
      new Method<>("test.Service", "Echo", StringValue.parser());
  private static final Optional<Duration> SOON = Optional.of(Duration.ofSeconds(20));

  @TempDir private Path folder;
  private Vertx vertx;
  private Path socket;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    socket = folder.resolve("s");
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void manyCallsAreAnsweredInAnyOrderWhateverTheirSize() throws Exception {
    // Given
    var waiting = new LinkedBlockingQueue<Promise<StringValue>>();
    var asked = new LinkedBlockingQueue<StringValue>();
    var both = new CountDownLatch(2);
    await(
        TtrpcServer.listen(
            vertx,
            socket,
            (_, _, request) -> {
              var promise = Promise.<StringValue>promise();
              waiting.add(promise);
              asked.add(value(request));
              both.countDown();
              return promise.future();
            }));
    var client = client();
    var large = "x".repeat(3 << 20);

    // When
    var first = client.call(ECHO, StringValue.of(large), SOON);
    var second = client.call(ECHO, StringValue.of("second"), Optional.empty());
    assertThat(both.await(20, TimeUnit.SECONDS)).isTrue();
    var promises = List.copyOf(waiting);
    var words = List.copyOf(asked);
    vertx.runOnContext(
        _ -> {
          promises.get(1).complete(words.get(1));
          promises.get(0).complete(words.get(0));
        });

    // Then
    assertThat(await(first).getValue()).isEqualTo(large);
    assertThat(await(second).getValue()).isEqualTo("second");
    assertThat(client.closed().isComplete()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "3, INVALID_ARGUMENT",
    "4, DEADLINE_EXCEEDED",
    "5, NOT_FOUND",
    "6, ALREADY_EXISTS",
    "8, RESOURCE_EXHAUSTED",
    "9, FAILED_PRECONDITION",
    "14, UNAVAILABLE",
    "2, INTERNAL",
    "-7, INTERNAL"
  })
  void aRefusalIsAFaultOfTheKindThatItsCodeStandsFor(int code, Kind kind) throws Exception {
    // Given
    peer(
        (peer, frame) ->
            peer.write(
                answer(
                    frame,
                    Response.newBuilder()
                        .setStatus(Status.newBuilder().setCode(code).setMessage("why"))
                        .build())));

    // When
    var fault = faultOf(client().call(ECHO, StringValue.of("x"), SOON));

    // Then
    assertThat(fault.kind()).isEqualTo(kind);
    assertThat(fault).hasMessage("why");
    assertThat(Refusal.in(fault).orElseThrow().code()).isEqualTo(code);
  }

  @Test
  void aServersFaultsComeOverWithTheirKind() throws Exception {
    // Given
    await(
        TtrpcServer.listen(
            vertx,
            socket,
            (service, method, _) ->
                Future.failedFuture(RuntimeFault.notFound("method: " + service + "/" + method))));

    // When
    var fault = faultOf(client().call(ECHO, StringValue.of("x"), SOON));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(fault).hasMessage("method: test.Service/Echo");
  }

  @Test
  void anAnswerThatComesTooLateIsDroppedAndTheConnectionGoesOn() throws Exception {
    // Given a peer that answers the first call after the second has come
    var frames = new ArrayList<Frame>();
    peer(
        (peer, frame) -> {
          frames.add(frame);
          if (frames.size() == 2) {
            frames.forEach(one -> peer.write(answer(one, good("late"))));
          }
        });
    var client = client();

    // When
    var fault = faultOf(client.call(ECHO, StringValue.of("x"), Optional.of(Duration.ofMillis(20))));
    var second = await(client.call(ECHO, StringValue.of("y"), SOON));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(fault).hasMessageContaining("Echo: no answer from").hasMessageContaining("20 ms");
    assertThat(second.getValue()).isEqualTo("late");
  }

  @Test
  void theOtherSideIsToldHowLongIsWaitedAndWhatGoesWithACall() throws Exception {
    // Given
    var requests = new LinkedBlockingQueue<Request>();
    peer(
        (peer, frame) -> {
          requests.add(request(frame));
          peer.write(answer(frame, good("")));
        });

    // When
    await(client().call(ECHO, StringValue.of("x"), Optional.of(Duration.ofSeconds(7))));

    // Then
    var request = requests.take();
    assertThat(request.getTimeoutNano()).isEqualTo(7_000_000_000L);
    assertThat(request.getMetadata(0).getKey()).isEqualTo("containerd-namespace-ttrpc");
    assertThat(request.getMetadata(0).getValue()).isEqualTo("k8s.io");
  }

  @Test
  void bytesMayComeOneByOne() throws Exception {
    // Given
    peer(
        (peer, frame) -> {
          var all = answer(frame, good("slowly"));
          for (var at = 0; at < all.length(); at++) {
            peer.write(all.getBuffer(at, at + 1));
          }
        });

    // Then
    assertThat(await(client().call(ECHO, StringValue.of("x"), SOON)).getValue())
        .isEqualTo("slowly");
  }

  @Test
  void aFrameThatIsTooLongEndsTheConnectionAndAllThatWait() throws Exception {
    garbled((peer, _) -> peer.write(Buffer.buffer().appendInt(-1).appendBytes(new byte[6])));
  }

  @Test
  void anAnswerToNothingEndsTheConnection() throws Exception {
    garbled((peer, _) -> peer.write(new Frame(99, Frame.RESPONSE, (byte) 0, none()).bytes()));
  }

  @Test
  void aRequestFromWhoShouldAnswerEndsTheConnection() throws Exception {
    garbled((peer, _) -> peer.write(new Frame(1, Frame.REQUEST, (byte) 0, none()).bytes()));
  }

  @Test
  void anAnswerThatNobodyCanReadEndsTheConnection() throws Exception {
    var noise = Buffer.buffer(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff});
    garbled(
        (peer, frame) ->
            peer.write(new Frame(frame.stream(), Frame.RESPONSE, (byte) 0, noise).bytes()));
  }

  private void garbled(BiConsumer<NetSocket, Frame> garbage) throws Exception {
    // Given
    peer(garbage);
    var client = client();

    // When
    var waiting = client.call(ECHO, StringValue.of("a"), Optional.empty());

    // Then
    assertThat(faultOf(waiting).kind()).isEqualTo(Kind.UNAVAILABLE);
    await(client.closed());
    assertThat(faultOf(client.call(ECHO, StringValue.of("c"), SOON)).kind())
        .isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void aResultThatNobodyCanReadIsAFaultOfThatCallAlone() throws Exception {
    // Given
    var noise = ByteString.copyFrom(new byte[] {(byte) 0xff, (byte) 0xff});
    peer(
        (peer, frame) ->
            peer.write(answer(frame, Response.newBuilder().setPayload(noise).build())));
    var client = client();

    // Then
    assertThat(faultOf(client.call(ECHO, StringValue.of("x"), SOON)).kind())
        .isEqualTo(Kind.INTERNAL);
    assertThat(client.closed().isComplete()).isFalse();
  }

  @Test
  void whatIsTooLongToBeSentIsRefusedHere() throws Exception {
    // Given
    peer((_, _) -> {});

    // When
    var fault = faultOf(client().call(ECHO, StringValue.of("x".repeat(5 << 20)), SOON));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
  }

  @Test
  void nobodyWhoListensIsUnavailable() {
    assertThat(faultOf(TtrpcClient.connect(vertx, socket, Map.of())).kind())
        .isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void aClientThatSendsGarbageIsClosedAndOthersGoOn() throws Exception {
    // Given
    await(
        TtrpcServer.listen(
            vertx, socket, (_, _, request) -> Future.succeededFuture(value(request))));
    var closed = Promise.<Void>promise();
    var client = client();

    // When
    vertx
        .createNetClient()
        .connect(SocketAddress.domainSocketAddress(socket.toString()))
        .onSuccess(
            garbler -> {
              garbler.closeHandler(_ -> closed.complete());
              garbler.write(Buffer.buffer("GET / HTTP/1.1\r\nHost: here\r\n\r\n"));
            });

    // Then
    await(closed.future());
    assertThat(await(client.call(ECHO, StringValue.of("on"), SOON)).getValue()).isEqualTo("on");
  }

  private TtrpcClient client() throws Exception {
    return await(
        TtrpcClient.connect(vertx, socket, Map.of("containerd-namespace-ttrpc", "k8s.io")));
  }

  /** Somebody who answers frames as a test says. */
  private void peer(BiConsumer<NetSocket, Frame> answering) throws Exception {
    await(
        vertx
            .createNetServer()
            .connectHandler(
                peer -> {
                  var frames = new Frames(frame -> answering.accept(peer, frame));
                  peer.handler(frames::take);
                })
            .listen(SocketAddress.domainSocketAddress(socket.toString())));
  }

  private static Buffer answer(Frame asked, Response response) {
    return Frame.of(asked.stream(), Frame.RESPONSE, response).bytes();
  }

  private static Response good(String text) {
    return Response.newBuilder().setPayload(StringValue.of(text).toByteString()).build();
  }

  private static Buffer none() {
    return Buffer.buffer();
  }

  private static Request request(Frame frame) {
    try {
      return Request.parseFrom(frame.payload().getBytes());
    } catch (java.io.IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static StringValue value(ByteString bytes) {
    try {
      return StringValue.parseFrom(bytes);
    } catch (java.io.IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(20, TimeUnit.SECONDS);
  }

  private static RuntimeFault faultOf(Future<?> future) {
    try {
      throw new AssertionError("succeeded: " + future.await(20, TimeUnit.SECONDS));
    } catch (Exception fault) {
      assertThat(fault).isInstanceOf(RuntimeFault.class);
      return (RuntimeFault) fault;
    }
  }
}
