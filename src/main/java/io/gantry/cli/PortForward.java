package io.gantry.cli;

import io.gantry.cli.Signature.Given;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** {@code gantry port-forward}: ports of a pod, on the loopback here. */
final class PortForward extends Asking {
  private static final Pattern PORTS = Pattern.compile("(?:([0-9]{1,5}):)?([0-9]{1,5})");
  private static final String NO_EVENT = "none";
  private static final int DATA = 0;
  private static final int ERROR = 1;
  private static final int GREETING_BYTES = 2;
  private static final int BLOCK = 64 << 10;

  private final Given<String> name = takes.parameter("POD", "A name, or the beginning of an id.");

  private final Given<List<String>> ports =
      takes.parameters("1..*", "[LOCAL:]PORT", "Local port 0 is any free one.");

  PortForward() {
    super(
        "port-forward",
        "Makes ports of a pod reachable on the loopback here, until it is interrupted.");
    takes.footer("", "Example: gantry port-forward web-0 8080:80");
  }

  @Override
  void run(RestClient daemon, Console console) {
    var id = found(daemon.get("/sandboxes"), "pod", name.get(), List.of("name"));
    for (var port : ports.get()) {
      listen(daemon, console, id, port);
    }
    // Nothing comes of it but its end: that of the daemon, which is told even if nobody is
    // connected.
    daemon.follow("/events?type=" + NO_EVENT, bytes -> {});
    throw Refused.gone(daemon.route(), "its stop");
  }

  private void listen(RestClient daemon, Console console, String id, String ports) {
    var match = PORTS.matcher(ports);
    if (!match.matches()) {
      throw wrongUsage("'" + ports + "' (expected: 80, 8080:80 or 0:80)");
    }
    var remote = Integer.parseInt(match.group(2));
    var local = match.group(1) == null ? remote : Integer.parseInt(match.group(1));
    try {
      var server =
          ServerSocketChannel.open()
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), local));
      console.line(
          "127.0.0.1:"
              + ((InetSocketAddress) server.getLocalAddress()).getPort()
              + " -> "
              + name.get()
              + ":"
              + remote);
      Thread.ofVirtual().start(() -> accept(server, daemon, console, id, remote));
    } catch (IOException taken) {
      throw new Refused(Refused.NO, "127.0.0.1:" + local + ": " + taken.getMessage());
    }
  }

  private static void accept(
      ServerSocketChannel server, RestClient daemon, Console console, String id, int remote) {
    try {
      while (true) {
        var client = server.accept();
        Thread.ofVirtual().start(() -> forward(client, daemon, console, id, remote));
      }
    } catch (IOException closed) {
      console.line("no longer listening: " + closed.getMessage());
    }
  }

  private static void forward(
      SocketChannel client, RestClient daemon, Console console, String id, int remote) {
    try (client;
        var socket = daemon.channels("/sandboxes/" + id + "/portforward?port=" + remote)) {
      Thread.ofVirtual().start(() -> toPod(client, socket));
      var greeted = new boolean[2];
      socket.read(
          (channel, content) -> {
            if (channel > ERROR) {
              return;
            }
            var from = greeted[channel] ? 0 : GREETING_BYTES;
            greeted[channel] = true;
            if (channel == DATA) {
              var bytes = ByteBuffer.wrap(content, from, content.length - from);
              while (bytes.hasRemaining()) {
                client.write(bytes);
              }
            } else if (content.length > from) {
              console.line(
                  new String(content, from, content.length - from, StandardCharsets.UTF_8));
            }
          });
    } catch (IOException | Refused failed) {
      console.line("port " + remote + ": " + failed.getMessage());
    }
  }

  private static void toPod(SocketChannel client, ChannelSocket socket) {
    var block = ByteBuffer.allocate(BLOCK);
    try {
      while (client.read(block.clear()) >= 0) {
        socket.send(DATA, block.array(), block.position());
      }
      socket.end(DATA);
    } catch (IOException over) {
      Thread.currentThread().interrupt(); // the other half has ended, and tells of it
    }
  }
}
