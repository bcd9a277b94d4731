package io.gantry.host;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/** A socket on the loop: each half under a descriptor of its own, as epoll wants one watch each. */
final class LinuxConnection implements Connection {
  private final PipeSource source;
  private final PipeSink sink;

  private LinuxConnection(PipeSource source, PipeSink sink) {
    this.source = source;
    this.sink = sink;
  }

  /** Takes the socket over; closes it if it cannot. */
  static LinuxConnection stream(EpollLoop loop, ContextInternal context, int socket)
      throws SyscallFailure {
    return of(loop, context, socket, EpollLoop.CHUNK_BYTES, Descriptors::read);
  }

  /** The same for a socket of packets. */
  static LinuxConnection packets(EpollLoop loop, ContextInternal context, int socket)
      throws SyscallFailure {
    return of(loop, context, socket, Sockets.PACKET_BYTES_MAX, SocketCalls::packet);
  }

  private static LinuxConnection of(
      EpollLoop loop, ContextInternal context, int socket, int chunkBytes, PipeSource.Reader reader)
      throws SyscallFailure {
    int other;
    try {
      other = SocketCalls.duplicate(socket);
    } catch (SyscallFailure failure) {
      Descriptors.close(socket);
      throw failure;
    }
    return new LinuxConnection(
        new PipeSource(loop, context, socket, reader),
        new PipeSink(loop, context, other, chunkBytes, SocketCalls::endWriting));
  }

  @Override
  public ReadStream<Buffer> reading() {
    return source;
  }

  @Override
  public WriteStream<Buffer> writing() {
    return sink;
  }

  @Override
  public void close() {
    source.close();
    sink.close();
  }
}
