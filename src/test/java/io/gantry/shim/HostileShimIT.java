package io.gantry.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Trace;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Host;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodRuntimeFixture;
import io.gantry.runtime.Reach;
import io.gantry.runtime.Recovered;
import io.gantry.shim.proto.BootstrapParams;
import io.gantry.shim.proto.BootstrapResult;
import io.gantry.shim.proto.ConnectResponse;
import io.gantry.shim.proto.CreateTaskRequest;
import io.gantry.shim.proto.CreateTaskResponse;
import io.gantry.shim.proto.Envelope;
import io.gantry.shim.proto.ForwardRequest;
import io.gantry.shim.proto.Mount;
import io.gantry.shim.proto.TaskOOM;
import io.gantry.shim.proto.WaitResponse;
import io.gantry.ttrpc.Method;
import io.gantry.ttrpc.TtrpcClient;
import io.gantry.ttrpc.proto.Response;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shims of every generation, and such as are dead, slow, liars or talk nonsense. */
@Tag("root")
class HostileShimIT extends PodRuntimeFixture {
  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    try {
      return Shim.runtime(
          vertx,
          host,
          Clock.systemUTC(),
          ShimConfig.of(
              FakeShim.plain(this.directory.resolve("shim")).binary(),
              ShimOptions.parse("containerd-shim-runc-v2", List.of()),
              Optional.empty(),
              directory));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private FakeShim plain() throws IOException {
    return FakeShim.plain(directory.resolve("shim"));
  }

  private FakeShim saying(byte[] says) throws IOException {
    return FakeShim.in(directory.resolve("shim"), says);
  }

  private byte[] address(String form) {
    return form.formatted(directory.resolve("shim/s")).getBytes(StandardCharsets.UTF_8);
  }

  private ContainerSpec created() {
    var container = container("/bin/true");
    on(() -> runtime.create(call(), container));
    return container;
  }

  @ParameterizedTest
  @CsvSource({"plain, 2", "json, 3", "message, 3"})
  void everyGenerationSaysWhereItListensInItsOwnWay(String generation, int version)
      throws IOException {
    // Given
    var says =
        switch (generation) {
          case "plain" -> address("unix://%s\n");
          case "json" ->
              address("{\"version\":3,\"address\":\"unix://%s\",\"protocol\":\"ttrpc\"}");
          default ->
              BootstrapResult.newBuilder()
                  .setVersion(3)
                  .setAddress("unix://" + directory.resolve("shim/s"))
                  .setProtocol("ttrpc")
                  .build()
                  .toByteArray();
        };
    var shim = await(saying(says).ofVersion(version).served(vertx));

    // When
    created();

    // Then
    assertThat(shim.asked()).contains("containerd.task.v" + version + ".Task/Create");
    assertThat(shim.input()).isEmpty();
    shim.end.complete(WaitResponse.getDefaultInstance());
  }

  @Test
  void aShimThatWantsParametersGetsThem() throws IOException {
    // Given
    var shim =
        await(
            plain()
                .beforeItStarts(
                    "[ -s $folder/input ] || { echo 'shim was started through the deprecated API'"
                        + " >&2; exit 1; }\n")
                .served(vertx));

    // When
    created();

    // Then
    var parameters = BootstrapParams.parseFrom(shim.input());
    assertThat(parameters.getInstanceId()).isEqualTo(pod.value());
    assertThat(parameters.getNamespace()).isEqualTo("k8s.io");
    shim.end.complete(WaitResponse.getDefaultInstance());
  }

  /**
   * As containerd's blockfile snapshotter has it; that the shim has no loop device is its affair.
   */
  @Test
  void rootThatIsABlockDeviceIsOneMountOfAFile() throws Exception {
    // Given
    var requests = new ArrayList<CreateTaskRequest>();
    var shim =
        await(
            plain()
                .promises(
                    "Create",
                    request -> {
                      requests.add(parsed(request));
                      return Future.succeededFuture(CreateTaskResponse.getDefaultInstance());
                    })
                .served(vertx));
    runtime = await(withImages(shim));

    // When
    var container = created();

    // Then
    var image = container.rootfs().image().file();
    var told = requests.getFirst();
    assertThat(told.getRootfsList())
        .containsExactly(
            Mount.newBuilder()
                .setType("ext4")
                .setSource(image.toString())
                .addAllOptions(List.of("loop", "rw", "discard"))
                .build());
    var root = Path.of(told.getBundle()).resolve("rootfs");
    assertThat(Files.readString(Path.of(told.getBundle()).resolve("config.json")))
        .contains("\"" + root + "\"");
    assertThat(root).isEmptyDirectory();
    assertThat(new String(readAt(image, 1024 + 56, 2), StandardCharsets.ISO_8859_1))
        .as("magic number of ext4")
        .isEqualTo("\u0053\u00ef");
    shim.end.complete(WaitResponse.getDefaultInstance());
  }

  private static CreateTaskRequest parsed(ByteString request) {
    try {
      return CreateTaskRequest.parseFrom(request);
    } catch (InvalidProtocolBufferException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  private static byte[] readAt(Path file, int offset, int bytes) throws IOException {
    try (var in = Files.newInputStream(file)) {
      in.skipNBytes(offset);
      return in.readNBytes(bytes);
    }
  }

  private Future<PodRuntime> withImages(FakeShim shim) {
    var usual =
        ShimConfig.of(
            shim.binary(),
            ShimOptions.parse("containerd-shim-runc-v2", List.of()),
            Optional.empty(),
            directory.resolve("driver"));
    return Shim.runtime(
        vertx,
        host,
        Clock.systemUTC(),
        new ShimConfig(
            usual.binary(),
            usual.options(),
            usual.catatonit(),
            usual.directory(),
            usual.defaultCgroupParent(),
            true,
            Optional.of(ShimBlockRootIT.IMAGING)));
  }

  @Test
  void anOldShimBehindANewBinaryIsSpokenToInItsOwnVersion() throws IOException {
    // Given
    var shim =
        await(
            saying(address("{\"version\":3,\"address\":\"unix://%s\",\"protocol\":\"ttrpc\"}"))
                .ofVersion(2)
                .served(vertx));

    // When
    created();

    // Then
    assertThat(shim.asked())
        .contains("containerd.task.v3.Task/Connect", "containerd.task.v2.Task/Create")
        .doesNotContain("containerd.task.v3.Task/Create");
    shim.end.complete(WaitResponse.getDefaultInstance());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hello | address: 'hello' (expected: unix:// and a path)",
        "unix://@abstract | address: 'unix://@abstract' (expected: unix:// and a path)",
        "{\"version\":3,\"address\":\"unix:///x\",\"protocol\":\"grpc\"}"
            + " | protocol: 'grpc' (expected: ttrpc)",
        "{\"version\":1,\"address\":\"unix:///x\"} | version: 1 (expected: 2 or later)",
        "{{ | start: not JSON",
      })
  void aShimThatSaysNoAddressIsRefusedAndKilled(String says, String why) throws IOException {
    // Given
    saying(says.getBytes(StandardCharsets.UTF_8));

    // When
    var fault = faultOf(() -> runtime.create(call(), container("/bin/true")));

    // Then
    assertThat(fault)
        .hasMessageContaining("containerd-shim-runc-v2 start: ")
        .hasMessageContaining(why);
    assertThat(processesNaming(directory)).isEmpty();
    assertThat(listing(directory.resolve("driver/ledger"))).isEmpty();
    assertThat(listing(directory.resolve("driver/bundles"))).isEmpty();
  }

  @Test
  void aShimThatCannotStartSaysWhy() throws IOException {
    // Given
    plain().beforeItStarts("echo 'no KVM here' >&2; exit 3\n");

    // When
    var fault = faultOf(() -> runtime.create(call(), container("/bin/true")));

    // Then
    assertThat(fault).hasMessage("containerd-shim-runc-v2 start: no KVM here");
  }

  @Test
  void aShimThatDoesNotListenIsUnavailableAndKilled() throws IOException {
    // Given
    plain();

    // When
    var fault = faultOf(() -> runtime.create(call(), container("/bin/true")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(processesNaming(directory)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"init", "test", "none"})
  void aShimThatSaysItIsAnotherProcessIsRefusedAndThatOneLeftAlone(String who) throws IOException {
    // Given
    var pid =
        switch (who) {
          case "init" -> 1;
          case "test" -> (int) ProcessHandle.current().pid();
          default -> -1;
        };
    await(
        plain()
            .answers("Connect", _ -> ConnectResponse.newBuilder().setShimPid(pid).build())
            .served(vertx));

    // When
    var fault = faultOf(() -> runtime.create(call(), container("/bin/true")));

    // Then
    assertThat(fault).hasMessageContaining("connect: pid " + pid + " (expected: that of a shim)");
    assertThat(processesNaming(directory)).isEmpty();
  }

  @Test
  void aShimThatNeverCreatesIsGivenUpAtTheDeadlineAndKilled() throws IOException {
    // Given
    await(plain().neverAnswers("Create").served(vertx));
    var call =
        Call.of(
            Call.Tools.plain(),
            "Test",
            Actor.DAEMON,
            Trace.fresh(),
            Optional.of(Duration.ofMillis(700)));

    // When
    var fault = faultOf(() -> runtime.create(call, container("/bin/true")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(processesNaming(directory)).isEmpty();
    assertThat(listing(directory.resolve("driver/ledger"))).isEmpty();
  }

  @Test
  void anEndBeyondAllBoundsIsCutToWhatThereIs() throws IOException {
    // Given
    var shim = await(plain().served(vertx));
    var container = created();

    // When
    shim.end.complete(
        WaitResponse.newBuilder()
            .setExitStatus(0x7fff_ff03)
            .setExitedAt(Timestamp.newBuilder().setSeconds(-62_135_596_800L).setNanos(-5))
            .build());
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isEqualTo(3);
    assertThat(end.at()).isCloseTo(Instant.now(), within(10, ChronoUnit.SECONDS));
  }

  @Test
  void aShimThatDoesNotKnowItsOwnContainerLosesIt() throws IOException {
    // Given
    await(
        plain()
            .promises("Wait", _ -> Future.failedFuture(RuntimeFault.notFound("container")))
            .served(vertx));

    // When
    var container = created();
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isEqualTo(255);
    assertThat(end.known()).isFalse();
  }

  @Test
  void aKillThatTheShimDoesNotAnswerIsNotWaitedForLongerThanTheCallerDoes() throws IOException {
    // Given
    var shim = await(plain().neverAnswers("Kill").served(vertx));
    var container = created();
    var call =
        Call.of(
            Call.Tools.plain(),
            "Test",
            Actor.DAEMON,
            Trace.fresh(),
            Optional.of(Duration.ofMillis(300)));

    // When
    on(() -> runtime.signal(call, container.id(), 9, Reach.ALL));

    // Then it is the kernel that kills
    shim.answers("Kill", _ -> Empty.getDefaultInstance());
    shim.end.complete(WaitResponse.newBuilder().setExitStatus(137).build());
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(137);
  }

  @Test
  void lackOfMemoryThatOnlyTheShimSeesIsTold() throws IOException {
    // Given
    var shim = await(plain().served(vertx));
    var container = created();
    var events = directory.resolve("driver/events.sock");
    var client = await(TtrpcClient.connect(vertx, events, Map.of()));
    var forward =
        new Method<>("containerd.services.events.ttrpc.v1.Events", "Forward", Empty.parser());

    // When
    var event =
        Any.newBuilder()
            .setTypeUrl("containerd.events.TaskOOM")
            .setValue(
                TaskOOM.newBuilder().setContainerId(container.id().value()).build().toByteString());
    await(
        client.call(
            forward,
            ForwardRequest.newBuilder().setEnvelope(Envelope.newBuilder().setEvent(event)).build(),
            Optional.empty()));
    shim.end.complete(WaitResponse.newBuilder().setExitStatus(137).build());

    // Then
    assertThat(on(() -> runtime.exit(container.id())).oomKilled()).isTrue();
  }

  @Test
  void aConnectionThatBreaksIsMadeAgainAndTheEndIsStillKnown() throws IOException {
    // Given a way to the shim that is cut after it has been created
    var behind = directory.resolve("shim/behind");
    var shim = await(plain().servedAt(vertx, behind));
    var ways = new AtomicInteger();
    var first = Promise.<NetSocket>promise();
    await(
        vertx
            .createNetServer()
            .connectHandler(
                way -> {
                  if (ways.incrementAndGet() == 1) {
                    first.complete(way);
                  }
                  through(way, behind);
                })
            .listen(SocketAddress.domainSocketAddress(shim.socket().toString())));
    var container = created();
    awaitTrue(() -> timesAsked(shim, "Wait") == 1);

    // When
    await(first.future()).close();
    awaitTrue(() -> timesAsked(shim, "Wait") == 2);
    shim.end.complete(WaitResponse.newBuilder().setExitStatus(6).build());

    // Then
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(6);
    assertThat(ways).hasValue(2);
  }

  private static long timesAsked(FakeShim shim, String method) {
    return shim.asked().stream().filter(asked -> asked.endsWith("/" + method)).count();
  }

  private static void through(NetSocket way, Path behind) {
    way.pause();
    vertx
        .createNetClient()
        .connect(SocketAddress.domainSocketAddress(behind.toString()))
        .onSuccess(
            on -> {
              on.handler(way::write);
              way.handler(on::write);
              way.closeHandler(_ -> on.close());
              way.resume();
            });
  }

  @Test
  void aShimThatTalksNonsenseIsKilledAndItsContainerIsLost() throws IOException {
    // Given one that says who it is, and nothing sensible after that
    var shim = plain();
    var ways = new AtomicInteger();
    await(
        vertx
            .createNetServer()
            .connectHandler(
                way ->
                    way.handler(
                        bytes -> {
                          var sane = ways.get() == 0 && bytes.toString().contains("Connect");
                          var created = ways.get() == 0 && bytes.toString().contains("Create");
                          if (sane || created) {
                            way.write(sane ? identity(shim.pid()) : nothing(bytes));
                          } else {
                            ways.incrementAndGet();
                            way.write(Buffer.buffer("HTTP/1.1 400 Bad Request\r\n\r\n"));
                          }
                        }))
            .listen(SocketAddress.domainSocketAddress(shim.socket().toString())));

    // When
    var container = created();
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isEqualTo(255);
    assertThat(end.known()).isFalse();
    assertThat(ways.get()).isGreaterThan(2);
    awaitTrue(() -> processesNaming(directory).isEmpty());
    assertThat(directory.resolve("shim/deleted")).content().contains(container.id().value());
  }

  private static Buffer identity(int pid) {
    return answer(
        1,
        Response.newBuilder()
            .setPayload(ConnectResponse.newBuilder().setShimPid(pid).build().toByteString())
            .build());
  }

  private static Buffer nothing(Buffer asked) {
    return answer(asked.getInt(4), Response.getDefaultInstance());
  }

  private static Buffer answer(int stream, Response response) {
    var bytes = response.toByteArray();
    return Buffer.buffer()
        .appendInt(bytes.length)
        .appendInt(stream)
        .appendByte((byte) 2)
        .appendByte((byte) 0)
        .appendBytes(bytes);
  }

  @Test
  void restartTakesASlowShimsContainerForWhatItWas() throws IOException {
    // Given
    var shim = await(plain().served(vertx));
    var container = created();
    on(() -> runtime.start(call(), container.id()));
    shim.promises("State", _ -> Future.failedFuture(RuntimeFault.unavailable("busy", null)));

    // When
    var found = restart().get(container.id());

    // Then
    assertThat(found).isInstanceOf(Recovered.Running.class);
    shim.end.complete(WaitResponse.newBuilder().setExitStatus(4).build());
    assertThat(on(() -> runtime.exit(container.id())).code()).isEqualTo(4);
  }
}
