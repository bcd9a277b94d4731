package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.call.Subject;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Connection;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.runtime.AttachSpec;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.ExecStreams;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.gantry.streaming.AttachRequest;
import io.gantry.streaming.ExecRequest;
import io.gantry.streaming.ExecSession;
import io.gantry.streaming.PortStream;
import io.gantry.streaming.StreamTarget;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** Streams lead to the runtime of the container's, or the pod's, handler. */
record ContainerStreams(Containers containers, Sandboxes sandboxes, Runtimes runtimes)
    implements StreamTarget {

  @Override
  public void about(Call call, ContainerId id) {
    call.about(Subject.container(id.value()));
    containers.find(id.value()).ifPresent(container -> about(call, container.sandbox()));
  }

  @Override
  public void about(Call call, SandboxId id) {
    call.about(Subject.sandbox(id.value()));
    sandboxes
        .find(id.value())
        .map(sandbox -> sandbox.config().pod())
        .ifPresent(pod -> call.about(Subject.pod(pod.namespace(), pod.name())));
  }

  @Override
  public Future<ExecSession> exec(Call call, ContainerId container, ExecRequest request) {
    return runtime(container)
        .compose(
            runtime ->
                runtime.execStream(
                    call,
                    container,
                    new ExecStreamSpec(
                        request.command(),
                        request.tty(),
                        request.stdin(),
                        request.stdout(),
                        request.stderr())))
        .map(Session::new);
  }

  @Override
  public Future<ExecSession> attach(Call call, ContainerId container, AttachRequest request) {
    return alive(container)
        .compose(
            runtime ->
                runtime.attach(
                    call,
                    container,
                    new AttachSpec(request.stdin(), request.stdout(), request.stderr())))
        .map(Session::new);
  }

  @Override
  public Future<PortStream> dial(Call call, SandboxId sandbox, int port) {
    return Future.succeededFuture(sandboxes.find(sandbox.value()))
        .compose(
            found ->
                found
                    .map(
                        pod ->
                            runtimes
                                .runtime(pod.handler())
                                .dial(call, sandbox, addresses(pod), port))
                    .orElseGet(
                        () ->
                            Future.failedFuture(
                                RuntimeFault.notFound("sandbox: " + sandbox + " is not here"))))
        .map(Port::new);
  }

  private static List<InetAddress> addresses(Sandbox pod) {
    return pod.ips().stream().map(InetAddress::ofLiteral).toList();
  }

  private Future<PodRuntime> runtime(ContainerId id) {
    return Future.succeededFuture(containers.find(id.value()))
        .map(
            found ->
                found.orElseThrow(() -> RuntimeFault.notFound("container: " + id + " is not here")))
        .map(ContainerStreams::running)
        .map(LocalContainers::awake)
        .map(container -> runtimes.runtime(container.handler()));
  }

  /** conmon takes clients before the start: so nothing that is said at once is missed. */
  private Future<PodRuntime> alive(ContainerId id) {
    return Future.succeededFuture(containers.find(id.value()))
        .map(
            found ->
                found.orElseThrow(() -> RuntimeFault.notFound("container: " + id + " is not here")))
        .map(
            container ->
                container.state() instanceof ContainerState.Created
                    ? container
                    : running(container))
        .map(container -> runtimes.runtime(container.handler()));
  }

  private static Container running(Container container) {
    if (container.state() instanceof ContainerState.Running) {
      return container;
    }
    throw RuntimeFault.precondition(
        "container: " + container.id() + " is " + container.fact() + " (expected: running)");
  }

  private record Session(ExecStreams streams) implements ExecSession {
    @Override
    public Optional<WriteStream<Buffer>> stdin() {
      return streams.stdin();
    }

    @Override
    public Optional<ReadStream<Buffer>> stdout() {
      return streams.stdout();
    }

    @Override
    public Optional<ReadStream<Buffer>> stderr() {
      return streams.stderr();
    }

    @Override
    public Future<Void> resize(int width, int height) {
      return streams.resize(width, height);
    }

    @Override
    public Future<Integer> exit() {
      return streams.exit();
    }

    @Override
    public void close() {
      streams.close();
    }
  }

  private record Port(Connection connection) implements PortStream {
    @Override
    public ReadStream<Buffer> fromPod() {
      return connection.reading();
    }

    @Override
    public WriteStream<Buffer> toPod() {
      return connection.writing();
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
