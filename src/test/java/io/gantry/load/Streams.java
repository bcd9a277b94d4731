package io.gantry.load;

import static io.gantry.load.ChannelClient.MESSAGE_BYTES_MAX;

import io.gantry.client.Waiting;
import io.gantry.cri.proto.ExecRequest;
import io.gantry.cri.proto.PortForwardRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.load.Pods.Up;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Streams into a container: how fast bytes go through exec and port-forward, through one stream and
 * through eight at once, and how long a command takes that does nothing.
 *
 * <p>Bytes are timed from the moment at which all streams stand and their commands wait, to the one
 * at which the last has been taken. A short command is timed from the CRI's Exec to the status.
 */
final class Streams implements Scenario {
  static final String SHORT = "exec of true, streamed";
  static final String SHORTS = "200 execs of true at once, streamed";

  /** What the processor time of a throughput is called, in seconds a GiB. */
  static String cpu(String title) {
    return title + ", processor time";
  }

  private static final int WARM_UPS = 2;
  private static final int AT_ONCE = 200;
  private static final int STATUS = 3;
  private static final byte[] LINE = ChannelClient.message(0, new byte[] {'\n'});
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** After this, none of the peers has it easier for what another has just done: decision 0028. */
  private static final Duration REST = Duration.ofMillis(300);

  private final Map<String, Up> pods = new HashMap<>();

  @Override
  public void run(Bench bench) {
    with(bench, bench.peers());
  }

  /** Measures once each of the peers has a pod whose ports are served. */
  private void with(Bench bench, List<Peer> podless) {
    if (podless.isEmpty()) {
      measure(bench);
      return;
    }
    var peer = podless.getFirst();
    Bursts.with(
        bench,
        peer,
        up -> {
          pods.put(peer.name(), up);
          try (var _ = servers(peer, up)) {
            with(bench, podless.subList(1, podless.size()));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private ChannelClient servers(Peer peer, Up up) throws IOException {
    var servers = new ChannelClient(exec(peer, StreamFlow.servers()));
    var listening = "test $(netstat -ltn | grep -c ':80[0-9][0-9] ') -ge 4";
    if (!Waiting.until(
        PATIENCE,
        () ->
            Timed.await(peer.cri().exec(up.container(), PATIENCE, List.of("sh", "-c", listening)))
                    .getExitCode()
                == 0)) {
      throw new IllegalStateException(peer.name() + ": the pod's ports are not served");
    }
    return servers;
  }

  private void measure(Bench bench) {
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (var i = 0; i < WARM_UPS + Math.max(1, bench.rounds() / 3); i++) {
        var counts = i >= WARM_UPS;
        for (var flow : StreamFlow.values()) {
          for (var streams : StreamFlow.STREAMS) {
            bench.alternate(i, peer -> flow(bench, peer, threads, flow, streams, counts));
          }
        }
      }
      for (var i = 0; i < WARM_UPS + bench.rounds(); i++) {
        var counts = i >= WARM_UPS;
        bench.alternate(
            i,
            peer -> {
              LockSupport.parkNanos(REST.toNanos());
              shorts(bench, peer, threads, 1, counts);
            });
      }
      for (var i = 0; i < Math.max(1, bench.rounds() / 6); i++) {
        bench.alternate(i, peer -> shorts(bench, peer, threads, AT_ONCE, true));
      }
    }
  }

  // ---- bytes

  private void flow(
      Bench bench,
      Peer peer,
      ExecutorService threads,
      StreamFlow flow,
      int streams,
      boolean counts) {
    var clients = new ArrayList<ChannelClient>();
    try {
      for (var i = 0; i < streams; i++) {
        clients.add(new ChannelClient(url(peer, flow, streams)));
      }
      for (var client : clients) {
        line(client, flow);
      }
      var busy = peer.cpuSeconds();
      var begun = System.nanoTime();
      all(
          threads,
          clients.stream().<Callable<Boolean>>map(it -> () -> moved(it, flow, streams)).toList());
      var seconds = (System.nanoTime() - begun) / 1e9;
      if (counts) {
        var cpu = (peer.cpuSeconds() - busy) * (1 << 30) / StreamFlow.BYTES;
        bench.samples().add(flow.title(streams), peer, StreamFlow.BYTES / seconds / (1 << 20));
        bench.samples().add(cpu(flow.title(streams)), peer, cpu);
      }
      for (var client : clients) {
        client.close();
      }
    } catch (IOException e) {
      throw new IllegalStateException(peer.name() + ": " + flow.title(streams) + ": " + e, e);
    }
  }

  private URI url(Peer peer, StreamFlow flow, int streams) {
    return flow.exec
        ? exec(peer, flow.script(streams))
        : URI.create(
            Timed.await(
                    peer.cri()
                        .call(
                            RuntimeServiceGrpcClient.PortForward,
                            PortForwardRequest.newBuilder()
                                .setPodSandboxId(pod(peer).pod().id())
                                .addPort(flow.port(streams))
                                .build()))
                .getUrl());
  }

  private URI exec(Peer peer, String script) {
    return exec(peer, List.of("sh", "-c", script), true);
  }

  private URI exec(Peer peer, List<String> command, boolean stdin) {
    return URI.create(
        Timed.await(
                peer.cri()
                    .call(
                        RuntimeServiceGrpcClient.Exec,
                        ExecRequest.newBuilder()
                            .setContainerId(pod(peer).container())
                            .addAllCmd(command)
                            .setStdin(stdin)
                            .setStdout(true)
                            .setStderr(true)
                            .build()))
            .getUrl());
  }

  private Up pod(Peer peer) {
    return java.util.Objects.requireNonNull(pods.get(peer.name()));
  }

  /** Reads the line of a command, and passes over the greeting of a port: its number, twice. */
  private static void line(ChannelClient client, StreamFlow flow) throws IOException {
    while (true) {
      var said = client.text(client.next());
      if (client.channel() == flow.channel() && said.equals("\n")) {
        return;
      }
      if (flow.exec || said.length() != 2) {
        throw new IOException(said);
      }
    }
  }

  private static boolean moved(ChannelClient client, StreamFlow flow, int streams)
      throws IOException {
    client.send(LINE);
    var left = StreamFlow.BYTES / streams;
    if (flow.toContainer) {
      var message = ChannelClient.message(0, new byte[MESSAGE_BYTES_MAX]);
      for (; left > 0; left -= MESSAGE_BYTES_MAX) {
        client.send(message);
      }
      line(client, flow);
      return true;
    }
    while (left > 0) {
      var length = client.next();
      if (client.channel() != flow.channel()) {
        throw new IOException(client.text(length));
      }
      left -= length;
    }
    return left == 0;
  }

  // ---- short commands

  private void shorts(Bench bench, Peer peer, ExecutorService threads, int atOnce, boolean counts) {
    var begun = System.nanoTime();
    all(threads, Collections.nCopies(atOnce, () -> ended(peer)));
    if (counts) {
      var millis = (System.nanoTime() - begun) / 1e6;
      bench.samples().add(atOnce == 1 ? SHORT : SHORTS, peer, millis);
    }
  }

  private boolean ended(Peer peer) throws IOException {
    try (var client = new ChannelClient(exec(peer, List.of("true"), false))) {
      var said = client.text(client.next());
      if (client.channel() != STATUS || !said.contains("\"Success\"")) {
        throw new IOException(said);
      }
      return true;
    }
  }

  private static void all(ExecutorService threads, List<? extends Callable<Boolean>> work) {
    try {
      for (var done : threads.invokeAll(work)) {
        if (!done.get()) {
          throw new IllegalStateException("more came than was sent");
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().toString(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
