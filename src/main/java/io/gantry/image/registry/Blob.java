package io.gantry.image.registry;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/**
 * A blob on its way.
 *
 * @param bytes paused; with back-pressure
 * @param abandon ends the transfer before its end; for whoever does not read on. From any thread
 */
public record Blob(ReadStream<Buffer> bytes, Runnable abandon) {}
