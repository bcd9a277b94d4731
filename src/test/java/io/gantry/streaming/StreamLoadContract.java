package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the streaming server of a real daemon bears, in numbers that subclasses give. */
abstract class StreamLoadContract {
  private static final String V4 = "v4.channel.k8s.io";
  private static final int AT_ONCE = 20;
  private static final int PORT = 8080;
  private static final int PIECE_BYTES = 32 << 10;

  private static final long MIB = 1 << 20;

  /** What each client that never reads may cost the daemon, and all of them together besides. */
  private static final long BYTES_A_CLIENT = 256 << 10;

  private static final long BYTES_IN_ALL = 32 * MIB;

  /** What a daemon that has done more than before may have grown by, if nothing leaks. */
  private static final long SETTLED_BYTES = 8 * MIB;

  @TempDir(factory = OnDisk.class)
  private Path folder;

  @AutoClose private LiveNode node;

  /** Short execs in all. */
  abstract int execs();

  /** Clients that never read. */
  abstract int clients();

  /** How much goes through each stream. */
  abstract long mebibytes();

  /** What a daemon has open, runs and holds. */
  private record Holding(int descriptors, int threads, int processes, long directBytes) {}

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void shortExecsInNumbersLeaveNothingBehind(String handler) throws Exception {
    // Given
    node = new LiveNode(folder, handler);
    inParallel(AT_ONCE * 3, i -> shortExec(i)); // until all pools are as they stay
    var before = settled();

    // When
    inParallel(execs(), i -> shortExec(i));

    // Then
    var after = settled();
    assertThat(after.descriptors()).as("descriptors").isLessThanOrEqualTo(before.descriptors());
    assertThat(after.threads()).as("threads").isLessThanOrEqualTo(before.threads() + 2);
    assertThat(after.processes()).as("processes").isLessThanOrEqualTo(before.processes());
    assertThat(after.directBytes())
        .as("direct memory")
        .isLessThanOrEqualTo(before.directBytes() + SETTLED_BYTES);
    System.out.printf("%s: %d execs: %s, then %s%n", handler, execs(), before, after);
  }

  /** Every third client is killed while its command runs. */
  private boolean shortExec(int number) throws Exception {
    var killed = number % 3 == 0;
    var command = killed ? "echo out; sleep 60" : "echo out; exit 3";
    try (var client = new FrameClient(node.exec(false, "sh", "-c", command), V4, 0)) {
      client.open("error", "stdout");
      var said = client.next();
      assertThat(said.data()).asString().isEqualTo("out\n");
      if (killed) {
        client.kill();
        return true;
      }
      for (var piece = client.next(); piece != null; piece = client.next()) {
        said = piece.stream() == 1 && piece.data().length > 0 ? piece : said;
      }
      assertThat(said.data()).asString().contains("NonZeroExitCode").contains("\"3\"");
      return true;
    }
  }

  @Test
  void clientsThatNeverReadCostLittle() throws Exception {
    // Given
    node = new LiveNode(folder, "crun");
    inParallel(AT_ONCE, i -> shortExec(i));
    var before = steady();
    var open = new ArrayList<FrameClient>();

    // When
    try {
      for (var i = 0; i < clients(); i++) {
        open.add(new FrameClient(node.exec(false, "yes"), V4, 0).open("error", "stdout"));
      }
      assertThat(Waiting.until(LiveNode.PATIENCE, () -> LiveNode.running("yes") >= clients()))
          .isTrue();
      var grown = steady() - before;

      // Then
      System.out.printf(
          "%d clients: the daemon grew by %d KiB from %d%n", clients(), grown >> 10, before >> 10);
      assertThat(grown).isLessThanOrEqualTo(clients() * BYTES_A_CLIENT + BYTES_IN_ALL);
    } finally {
      for (var client : open) {
        client.kill();
      }
    }
    assertThat(Waiting.until(LiveNode.PATIENCE, () -> LiveNode.running("yes") == 0)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void whatGoesThroughArrivesByteForByte(String handler) throws Exception {
    // Given
    node = new LiveNode(folder, handler);

    // Then
    try (var input = new FrameClient(node.exec(true, "sha256sum"), V4, 0)) {
      input.open("error", "stdin", "stdout");
      var sent = send(input, 3);
      assertThat(new String(input.next().data(), StandardCharsets.US_ASCII)).startsWith(sent);
    }
    try (var echo = new FrameClient(node.exec(true, "cat"), V4, 0)) {
      echo.open("error", "stdin", "stdout");
      assertThat(echoed(echo, 3, 5)).isTrue();
    }
    var listener = node.exec(false, "nc", "-l", "-p", "" + PORT, "-e", "cat");
    try (var _ = new FrameClient(listener, V4, 0).open("error", "stdout");
        var forward = new FrameClient(node.forward(PORT), "portforward.k8s.io", 0)) {
      assertThat(Waiting.until(LiveNode.PATIENCE, () -> LiveNode.running("nc") > 0)).isTrue();
      forward.forward(PORT, 1);
      assertThat(echoed(forward, 3, 3)).isTrue();
    }
  }

  /** Sends and reads at the same time; whether the same came back. */
  private boolean echoed(FrameClient client, int to, int from) throws Exception {
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var sent = pool.submit(() -> send(client, to));
      var digest = MessageDigest.getInstance("SHA-256");
      var left = mebibytes() * MIB;
      while (left > 0) {
        var piece = client.next();
        assertThat(piece).as("%d bytes left", left).isNotNull();
        if (piece.stream() == from) {
          digest.update(piece.data());
          left -= piece.data().length;
        } else {
          assertThat(piece.data()).asString().isEmpty();
        }
      }
      return left == 0 && HexFormat.of().formatHex(digest.digest()).equals(sent.get());
    }
  }

  /** Sends noise, then the end; the digest of what was sent. */
  private String send(FrameClient client, int stream) throws Exception {
    var digest = MessageDigest.getInstance("SHA-256");
    var random = new Random(mebibytes());
    var noise = new byte[1 << 20];
    random.nextBytes(noise);
    for (var i = 0L; i < mebibytes(); i++) {
      noise[(int) i]++;
      digest.update(noise);
      for (var from = 0; from < noise.length; from += PIECE_BYTES) {
        client.say(stream, Arrays.copyOfRange(noise, from, from + PIECE_BYTES), PIECE_BYTES, false);
      }
    }
    client.say(stream, new byte[0], 0, true);
    return HexFormat.of().formatHex(digest.digest());
  }

  // ---- the daemon and its clients

  /** What the daemon holds once nothing changes any more. */
  private Holding settled() throws Exception {
    // First of all: to be asked for this, a JVM opens a socket that stays.
    var _ = node.daemon.directBytes();
    var last = holding();
    for (var same = 0; same < 4; ) {
      TimeUnit.MILLISECONDS.sleep(500);
      var now = holding();
      same =
          now.descriptors() == last.descriptors() && now.processes() == last.processes()
              ? same + 1
              : 0;
      last = now;
    }
    return new Holding(
        last.descriptors(), last.threads(), last.processes(), node.daemon.directBytes());
  }

  private Holding holding() throws IOException {
    return new Holding(node.daemon.descriptors(), node.daemon.threads(), processes(), 0);
  }

  private static int processes() throws IOException {
    try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      var count = 0;
      for (var _ : all) {
        count++;
      }
      return count;
    }
  }

  /**
   * What a daemon has in memory, heap and caches and all, right after a collection of garbage; once
   * nothing flows any more, for what flows is garbage a moment later.
   */
  private long steady() throws Exception {
    var last = node.daemon.residentBytes();
    for (var same = 0; same < 3; ) {
      TimeUnit.MILLISECONDS.sleep(1000);
      var now = node.daemon.residentBytes();
      same = Math.abs(now - last) <= MIB ? same + 1 : 0;
      last = now;
    }
    return last;
  }

  private interface Work {
    boolean done(int number) throws Exception;
  }

  private static void inParallel(int times, Work work) throws Exception {
    var next = new AtomicInteger();
    try (var pool = Executors.newFixedThreadPool(AT_ONCE)) {
      var workers = new ArrayList<Future<Integer>>();
      for (var worker = 0; worker < AT_ONCE; worker++) {
        workers.add(
            pool.submit(
                () -> {
                  var done = 0;
                  for (var i = next.getAndIncrement(); i < times; i = next.getAndIncrement()) {
                    done += work.done(i) ? 1 : 0;
                  }
                  return done;
                }));
      }
      var done = 0;
      for (var worker : workers) {
        done += worker.get();
      }
      assertThat(done).isEqualTo(times);
    }
  }
}
