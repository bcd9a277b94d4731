package io.gantry.streaming;

import io.vertx.core.Future;
import java.util.Optional;

/**
 * The client's ends of the streams of a process, whatever protocol they travel by.
 *
 * @param structured whether the error stream takes a status, or else a sentence
 * @param gone succeeds when the client is no more
 * @param finish all is said
 */
record Console(
    Optional<Inlet> stdin,
    Optional<Outlet> stdout,
    Optional<Outlet> stderr,
    Optional<Inlet> resizes,
    Outlet errors,
    boolean structured,
    Future<Void> gone,
    Runnable finish) {}
