package io.gantry.cri;

import io.gantry.container.Container;
import io.gantry.container.Containers;
import io.gantry.errors.RuntimeFault;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The pods and containers that the CRI may see, found by id or by its filters. What Gantry makes
 * for itself is not among them: the kubelet would delete it.
 */
record Visible(Sandboxes sandboxes, Containers containers) {
  static final String OWNER = "cri";

  /** By an id or a unique prefix of one. */
  Optional<Sandbox> sandbox(String idOrPrefix) {
    return sandboxes.find(idOrPrefix).filter(sandbox -> sandbox.owner().equals(OWNER));
  }

  Sandbox presentSandbox(String idOrPrefix) {
    return sandbox(idOrPrefix)
        .orElseThrow(() -> RuntimeFault.notFound("sandbox: '" + idOrPrefix + "' is not here"));
  }

  /** Conditions left empty always hold; {@code id} may be the beginning of one. */
  Stream<Sandbox> sandboxes(String id, Map<String, String> labels) {
    return sandboxes.list().stream()
        .filter(sandbox -> sandbox.owner().equals(OWNER))
        .filter(sandbox -> sandbox.key().startsWith(id))
        .filter(sandbox -> sandbox.config().labels().entrySet().containsAll(labels.entrySet()));
  }

  /** By an id or a unique prefix of one. */
  Optional<Container> container(String idOrPrefix) {
    return containers.find(idOrPrefix).filter(container -> container.owner().equals(OWNER));
  }

  Container presentContainer(String idOrPrefix) {
    return container(idOrPrefix)
        .orElseThrow(() -> RuntimeFault.notFound("container: '" + idOrPrefix + "' is not here"));
  }

  /** Conditions left empty always hold; ids may be the beginnings of some. */
  Stream<Container> containers(String id, String sandbox, Map<String, String> labels) {
    return containers.list().stream()
        .filter(container -> container.owner().equals(OWNER))
        .filter(container -> container.key().startsWith(id))
        .filter(container -> container.sandbox().value().startsWith(sandbox))
        .filter(container -> container.config().labels().entrySet().containsAll(labels.entrySet()));
  }
}
