package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.host.ProcessRef;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.SandboxState.Fact;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** RunPodSandbox of one sandbox, step by step. */
final class Opening {
  private final Call call;
  private final Sandbox sandbox;
  private final Premises premises;
  private final Records<Sandbox> records;
  private List<String> ips = List.of();
  private Optional<ProcessRef> process = Optional.empty();

  Opening(Call call, Sandbox sandbox, Premises premises, Records<Sandbox> records) {
    this.call = call;
    this.sandbox = sandbox;
    this.premises = premises;
    this.records = records;
  }

  Future<SandboxId> run() {
    var undoing = call.detached();
    return Flow.of(call)
        .step(
            RunStep.RECORD,
            () -> records.add(call, sandbox),
            () -> records.forget(undoing, sandbox))
        .step(
            RunStep.DIRECTORIES,
            () -> premises.makeDirectories(sandbox),
            () -> premises.removeDirectories(sandbox))
        .together(
            new Flow.Group()
                .step(RunStep.SYNC, records::sync) // before a plugin hears of the sandbox
                .step(RunStep.GROUP, () -> premises.makeGroup(sandbox))
                .step(
                    RunStep.NAMESPACES,
                    () -> premises.pinNamespaces(sandbox),
                    () -> premises.unpinNamespaces(sandbox))
                .step(
                    RunStep.FILES,
                    () -> premises.makeFiles(sandbox),
                    () -> premises.unmountFiles(sandbox))
                .step(
                    RunStep.REQUEST,
                    () -> premises.expect(call, sandbox),
                    () -> premises.detach(undoing, sandbox)))
        .step(
            RunStep.NETWORK,
            () -> premises.attach(call, sandbox).onSuccess(given -> ips = given),
            () -> premises.detach(undoing, sandbox))
        .step(
            RunStep.RUNTIME,
            () -> premises.openRuntime(call, sandbox).onSuccess(it -> process = it.process()),
            () -> premises.closeRuntime(undoing, sandbox))
        .step(RunStep.READY, this::ready)
        .run()
        .map(sandbox.id());
  }

  private Future<Void> ready() {
    return records.change(
        call, sandbox.key(), opening -> opening.with(ips, process).after(new Fact.Opened()));
  }
}
