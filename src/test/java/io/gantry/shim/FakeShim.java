package io.gantry.shim;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import io.gantry.shim.proto.ConnectResponse;
import io.gantry.shim.proto.CreateTaskResponse;
import io.gantry.shim.proto.StartResponse;
import io.gantry.shim.proto.WaitResponse;
import io.gantry.ttrpc.Refusal;
import io.gantry.ttrpc.TtrpcServer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A shim that a test plays: its binary is a script, its process one that does nothing, and what it
 * answers is said here.
 */
final class FakeShim implements TtrpcServer.Service {
  private final Path folder;
  private final Map<String, Function<ByteString, Future<? extends MessageLite>>> answers =
      new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String service = "containerd.task.v";

  /** How the containers of a well-behaved one end. */
  final Promise<WaitResponse> end = Promise.promise();

  private FakeShim(Path folder) {
    this.folder = folder;
  }

  /** One that starts and creates what it is asked to, and says so as {@code says}. */
  static FakeShim in(Path folder, byte[] says) throws IOException {
    var shim = new FakeShim(Files.createDirectories(folder));
    Files.write(folder.resolve("says"), says);
    Files.writeString(
        shim.binary(),
        """
        #!/bin/sh
        folder=%s
        case "$1" in
        -info) exit 1 ;;
        -v) echo "  Version: 0.0"; exit 0 ;;
        esac
        for verb; do :; done
        if [ "$verb" = delete ]; then echo "$*" >> $folder/deleted; exit 0; fi
        cat > $folder/input
        . $folder/before
        sh -c 'while :; do sleep 0.2; done' shim "$@" >/dev/null 2>&1 </dev/null &
        echo $! > $folder/pid
        cat $folder/says
        """
            .formatted(folder));
    Files.setPosixFilePermissions(shim.binary(), PosixFilePermissions.fromString("rwxr-xr-x"));
    shim.beforeItStarts("");
    return shim.answers("Connect", _ -> ConnectResponse.newBuilder().setShimPid(shim.pid()).build())
        .answers("Create", _ -> CreateTaskResponse.newBuilder().setPid(4711).build())
        .answers("Start", _ -> StartResponse.newBuilder().setPid(4711).build())
        .answers("Kill", _ -> Empty.getDefaultInstance())
        .answers("Delete", _ -> Empty.getDefaultInstance())
        .answers("Shutdown", _ -> Empty.getDefaultInstance())
        .promises("Wait", _ -> shim.end.future());
  }

  /** What older ones print. */
  static FakeShim plain(Path folder) throws IOException {
    return in(folder, ("unix://" + folder.resolve("s")).getBytes(StandardCharsets.UTF_8));
  }

  Path binary() {
    return folder.resolve("containerd-shim-runc-v2");
  }

  Path socket() {
    return folder.resolve("s");
  }

  /** Commands of the shell's that its binary runs first. */
  FakeShim beforeItStarts(String commands) throws IOException {
    Files.writeString(folder.resolve("before"), commands);
    return this;
  }

  /** The process that it says it is. */
  int pid() {
    try {
      return Integer.parseInt(Files.readString(folder.resolve("pid")).strip());
    } catch (IOException none) {
      throw new AssertionError(none);
    }
  }

  /** What its binary read from its standard input. */
  byte[] input() throws IOException {
    return Files.readAllBytes(folder.resolve("input"));
  }

  FakeShim answers(String method, Function<ByteString, MessageLite> answer) {
    return promises(method, request -> Future.succeededFuture(answer.apply(request)));
  }

  FakeShim promises(String method, Function<ByteString, Future<? extends MessageLite>> answer) {
    answers.put(method, answer);
    return this;
  }

  FakeShim neverAnswers(String method) {
    return promises(method, _ -> Promise.<Empty>promise().future());
  }

  /** Has only the service of this version. */
  FakeShim ofVersion(int version) {
    service = "containerd.task.v" + version;
    return this;
  }

  Future<FakeShim> served(Vertx vertx) {
    return servedAt(vertx, socket());
  }

  /** Behind somebody who hands on what comes. */
  Future<FakeShim> servedAt(Vertx vertx, Path path) {
    return TtrpcServer.listen(vertx, path, this).map(this);
  }

  /** Service and method of each call so far. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  @Override
  public Future<? extends MessageLite> answer(String called, String method, ByteString request) {
    asked.add(called + "/" + method);
    var answer = answers.get(method);
    return answer == null || !called.startsWith(service)
        ? Future.failedFuture(Refusal.unimplemented(called, method))
        : answer.apply(request);
  }
}
