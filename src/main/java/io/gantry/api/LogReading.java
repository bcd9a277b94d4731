package io.gantry.api;

import io.gantry.call.Call;
import io.gantry.host.Disk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A container's log on its way to a client, a block at a time, no faster than the client takes it.
 *
 * <p>While it is followed the file is looked at anew every little while; one that was rotated, and
 * so has another key, is read from its start.
 */
final class LogReading {
  private static final int BLOCK = 64 << 10;
  private static final int PAUSE_MILLIS = 250;

  /** A place in a file; the key tells one file from another of the same name. */
  private record Place(Optional<Object> key, long offset) {}

  private record Block(Place next, Buffer bytes) {}

  /** Where to begin, and how long the file is then. */
  private record Begun(Place place, long size) {}

  private final Vertx vertx;
  private final Disk disk;
  private final Path file;
  private final HttpServerResponse response;
  private final LogLines lines;

  LogReading(Vertx vertx, Disk disk, Path file, boolean timestamps, HttpServerResponse response) {
    this.vertx = vertx;
    this.disk = disk;
    this.file = file;
    this.response = response;
    this.lines = new LogLines(timestamps);
  }

  /**
   * Sends what is there, and then what comes for as long as {@code more} says so. If it does not at
   * once, what is written meanwhile is left out: there is an end however fast a container writes.
   *
   * @param tail how many lines from the end of the file to begin with; empty for all
   */
  Future<Void> run(Call call, Optional<Long> tail, BooleanSupplier more) {
    var following = more.getAsBoolean();
    return disk.run(() -> begin(tail))
        .compose(
            begun -> pump(call, begun.place(), following ? Long.MAX_VALUE : begun.size(), more));
  }

  private Future<Void> pump(Call call, Place place, long until, BooleanSupplier more) {
    if (call.over().isPresent()) {
      return Future.failedFuture(call.over().get());
    }
    var last = !more.getAsBoolean(); // asked before reading: what was said until then is read
    return disk.run(() -> read(place, until))
        .compose(
            block ->
                block.bytes().length() == 0
                    ? last ? Future.succeededFuture() : later(call, block.next(), until, more)
                    : sent(block).compose(_ -> pump(call, block.next(), until, more)));
  }

  private Future<Void> later(Call call, Place place, long until, BooleanSupplier more) {
    return vertx
        .timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
        .compose(_ -> pump(call, place, until, more));
  }

  private Future<Void> sent(Block block) {
    var text = lines.take(block.bytes());
    return text.length() == 0 ? Future.succeededFuture() : response.write(text);
  }

  private Begun begin(Optional<Long> tail) throws IOException {
    try (var channel = Files.newByteChannel(file)) {
      var size = channel.size();
      var start = tail.isPresent() ? start(channel, size, tail.get()) : 0;
      return new Begun(new Place(key(), start), size);
    } catch (NoSuchFileException gone) {
      return new Begun(new Place(Optional.empty(), 0), 0);
    }
  }

  /** Where the last {@code count} lines begin. */
  private static long start(SeekableByteChannel channel, long end, long count) throws IOException {
    var block = ByteBuffer.allocate(BLOCK);
    var seen = 0L;
    for (var upTo = end; upTo > 0; ) {
      var from = Math.max(0, upTo - BLOCK);
      block.clear().limit((int) (upTo - from));
      channel.position(from);
      while (block.hasRemaining() && channel.read(block) >= 0) {}
      for (var at = block.position() - 1; at >= 0; at--) {
        if (block.get(at) == '\n' && from + at + 1 < end && ++seen == count) {
          return from + at + 1;
        }
      }
      upTo = from;
    }
    return count == 0 ? end : 0;
  }

  private Block read(Place place, long until) throws IOException {
    var key = key();
    var offset = key.equals(place.key()) ? place.offset() : 0;
    try (var channel = Files.newByteChannel(file)) {
      channel.position(Math.min(offset, channel.size()));
      var bytes = ByteBuffer.allocate(Math.clamp(until - offset, 0, BLOCK));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
      var buffer = Buffer.buffer(bytes.position()).appendBytes(bytes.array(), 0, bytes.position());
      return new Block(new Place(key, offset + bytes.position()), buffer);
    } catch (NoSuchFileException gone) {
      return new Block(new Place(Optional.empty(), 0), Buffer.buffer());
    }
  }

  private Optional<Object> key() throws IOException {
    try {
      return Optional.ofNullable(
          Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class).fileKey());
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    }
  }
}
