package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.host.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** A process in a container and whoever sits here, joined until one of them leaves. */
final class Talk {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int STATUS = 3;
  private static final int SIZE = 4;
  private static final int BLOCK = 16 << 10;
  private static final long LOOK_NANOS = 200_000_000;

  /** Ctrl-P, then Ctrl-Q: as other runtimes have it. */
  private static final byte[] LEAVE = {16, 17};

  /** What goes on meanwhile, such as the start of what is attached to. */
  interface Begun {
    void run();
  }

  private final ChannelSocket socket;
  private final Optional<Terminal> terminal;
  private final AtomicBoolean left = new AtomicBoolean();
  private JsonNode status = Trees.MAKE.missingNode();
  private volatile boolean interrupted;

  private Talk(ChannelSocket socket, Optional<Terminal> terminal) {
    this.socket = socket;
    this.terminal = terminal;
  }

  /** How it ended: what the daemon said of it; whether whoever sits here has left it running. */
  record Over(JsonNode status, boolean left) {}

  /**
   * Talks until the daemon says that it is over.
   *
   * @param stdin whether what is typed goes to the process
   * @param terminal that becomes the process's; empty for none
   * @param leaves whether the keys Ctrl-P Ctrl-Q end the talk and nothing else
   */
  static Over over(
      ChannelSocket socket,
      boolean stdin,
      Optional<Terminal> terminal,
      boolean leaves,
      Begun begun) {
    return new Talk(socket, terminal).run(stdin, leaves, begun);
  }

  private Over run(boolean stdin, boolean leaves, Begun begun) {
    var restoring = new Thread(() -> terminal.ifPresent(Terminal::restore));
    Runtime.getRuntime().addShutdownHook(restoring);
    // not closed: what is said afterwards goes there too
    var out = new FileOutputStream(FileDescriptor.out);
    var err = new FileOutputStream(FileDescriptor.err);
    try (socket) {
      terminal.ifPresent(Terminal::raw);
      terminal.ifPresent(it -> background(() -> sizes(it)));
      begun.run();
      if (stdin) {
        background(() -> input(leaves && terminal.isPresent()));
      }
      if (!socket.read((channel, content) -> arrived(channel, content, out, err)) && !left.get()) {
        throw Refused.gone(socket.route(), "a session");
      }
    } catch (IOException cut) {
      if (!left.get()) {
        throw Refused.gone(socket.route(), "a session");
      }
    } finally {
      terminal.ifPresent(Terminal::restore);
      Runtime.getRuntime().removeShutdownHook(restoring);
    }
    return new Over(status, left.get());
  }

  private static void background(Runnable work) {
    Thread.ofPlatform().daemon().start(work);
  }

  private void arrived(int channel, byte[] content, OutputStream out, OutputStream err)
      throws IOException {
    switch (channel) {
      case STDOUT -> out.write(content);
      case STDERR -> err.write(content);
      case STATUS -> {
        if (content.length > 0) {
          status = Trees.read(content);
        }
      }
      default -> {}
    }
  }

  private void input(boolean leaves) {
    var in = new FileInputStream(FileDescriptor.in);
    try {
      var block = new byte[BLOCK];
      var held = 0;
      for (var count = in.read(block); count >= 0; count = in.read(block)) {
        var typed = new ByteArrayOutputStream();
        for (var i = 0; i < count; i++) {
          if (leaves && block[i] == LEAVE[held]) {
            held++;
            if (held == LEAVE.length) {
              leave();
              return;
            }
          } else {
            typed.write(LEAVE, 0, held);
            held = 0;
            typed.write(block[i]);
          }
        }
        if (typed.size() > 0) {
          socket.send(STDIN, typed.toByteArray(), typed.size());
        }
      }
      socket.end(STDIN);
    } catch (IOException over) {
      interrupted = true; // the reader of the connection tells why
    }
  }

  private void leave() throws IOException {
    left.set(true);
    socket.close();
  }

  /** Tells the size at once, and again whenever it is another. */
  private void sizes(Terminal of) {
    var told = Optional.<Terminal.Size>empty();
    try {
      while (!left.get() && !interrupted) {
        var size = of.size();
        if (size.isPresent() && !size.equals(told)) {
          socket.send(
              SIZE,
              "{\"Width\":%d,\"Height\":%d}".formatted(size.get().columns(), size.get().rows()));
          told = size;
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
    } catch (IOException over) {
      interrupted = true;
    }
  }
}
