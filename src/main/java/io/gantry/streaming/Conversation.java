package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayList;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client and one process: joins their streams, and tells the client how it ended.
 *
 * <pre>
 *   client ──stdin, resizes──► process        the end of the process, and of what it wrote,
 *          ◄──stdout, stderr──                is told on the error stream
 *          ◄──────errors──────
 * </pre>
 */
final class Conversation {
  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

  private final Call call;
  private final Console console;
  private final IntFunction<StatusMessage> ended;
  private @Nullable ExecSession session;
  private boolean over;

  private Conversation(Call call, Console console, IntFunction<StatusMessage> ended) {
    this.call = call;
    this.console = console;
    this.ended = ended;
  }

  /**
   * Begins.
   *
   * @param ended what the client is told of an exit code
   * @param opening asks for the process
   */
  static void begin(
      Call call,
      Console console,
      IntFunction<StatusMessage> ended,
      Supplier<Future<ExecSession>> opening) {
    var conversation = new Conversation(call, console, ended);
    console.gone().onComplete(_ -> conversation.left());
    whenCancelled(call, conversation::cancelled);
    attempt(opening).compose(conversation::join).onComplete(conversation::tell);
  }

  /** Runs {@code then} on this context, from whatever thread the call is cancelled. */
  static void whenCancelled(Call call, Runnable then) {
    var context = Vertx.currentContext();
    call.onCancel(
        () -> {
          if (context == null) {
            then.run();
          } else {
            context.runOnContext(_ -> then.run());
          }
        });
  }

  private static Future<ExecSession> attempt(Supplier<Future<ExecSession>> opening) {
    try {
      return opening.get();
    } catch (RuntimeException thrown) {
      return Future.failedFuture(thrown);
    }
  }

  private Future<Integer> join(ExecSession opened) {
    session = opened;
    if (over) { // the client has left while the process was being started
      opened.close();
      return Future.failedFuture(
          RuntimeFault.unavailable("client: gone (expected: waiting)", null));
    }
    input(opened);
    console.resizes().ifPresent(sizes -> sizes.handler(resizing(opened)).resume());
    var ends = new ArrayList<Future<?>>();
    ends.add(output(opened.stdout(), console.stdout()));
    ends.add(output(opened.stderr(), console.stderr()));
    ends.add(opened.exit());
    return Future.join(ends).compose(_ -> opened.exit());
  }

  private void input(ExecSession opened) {
    console
        .stdin()
        .ifPresent(
            from ->
                opened
                    .stdin()
                    .ifPresentOrElse(
                        to -> from.pipeTo(to).onFailure(_ -> from.discard()), from::discard));
  }

  private static Handler<Buffer> resizing(ExecSession opened) {
    return new Resizes((width, height) -> opened.resize(width, height))::arrived;
  }

  /** Complete when all of the output has been written to the client, or cannot be. */
  private static Future<Void> output(
      Optional<ReadStream<Buffer>> from, Optional<? extends WriteStream<Buffer>> to) {
    if (from.isPresent() && to.isPresent()) {
      return from.get()
          .pipeTo(to.get())
          .recover(
              cause -> {
                from.get().handler(_ -> {}).resume(); // the process need not wait for nobody
                return Future.failedFuture(cause);
              });
    }
    from.ifPresent(unwanted -> unwanted.handler(_ -> {}).resume());
    return to.<Future<Void>>map(WriteStream::end).orElseGet(Future::succeededFuture);
  }

  private void tell(AsyncResult<Integer> done) {
    if (over) {
      return;
    }
    var message =
        done.succeeded() ? ended.apply(done.result()) : StatusMessage.failed(done.cause());
    if (done.failed()) {
      LOG.atDebug()
          .addKeyValue("rpc", call.operation())
          .addKeyValue("error", String.valueOf(done.cause().getMessage()))
          .log("A streaming session failed");
    }
    console.stdout().ifPresent(Outlet::end);
    console.stderr().ifPresent(Outlet::end);
    var _ =
        console
            .errors()
            .write(Buffer.buffer(console.structured() ? message.json() : message.text()));
    var _ = console.errors().end();
    console.finish().run();
    close();
  }

  private void left() {
    if (!over) {
      over = true; // there is nobody to tell
      call.cancel("the client went away");
      close();
    }
  }

  /** By somebody else: the client, who is still there, is told. */
  private void cancelled() {
    call.over().ifPresent(fault -> tell(Future.failedFuture(fault)));
  }

  private void close() {
    over = true;
    if (session != null) {
      session.close();
    }
  }
}
