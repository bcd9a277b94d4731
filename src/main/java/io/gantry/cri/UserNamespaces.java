package io.gantry.cri;

import io.gantry.cri.proto.IDMapping;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.UserNamespace;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.gantry.sandbox.Sandbox;
import java.util.List;
import java.util.Optional;

/** The CRI's words for the users of a pod, and ours. */
final class UserNamespaces {
  private UserNamespaces() {}

  /** The ids of a pod's own users; empty for the host's. */
  static Optional<IdMappings> ids(NamespaceOption options) {
    if (!options.hasUsernsOptions()) {
      return Optional.empty();
    }
    var asked = options.getUsernsOptions();
    return switch (asked.getMode()) {
      case POD -> Optional.of(ofPod(asked));
      case NODE -> {
        if (asked.getUidsCount() + asked.getGidsCount() > 0) {
          throw RuntimeFault.invalid(
              "user namespace: NODE with id mappings (expected: none, or the mode POD)");
        }
        yield Optional.empty();
      }
      case CONTAINER, TARGET, UNRECOGNIZED ->
          throw Refusal.invalid("user namespace", asked.getMode(), "POD or NODE");
    };
  }

  /** As the kubelet gives it: one range, from root on. */
  private static IdMappings ofPod(UserNamespace asked) {
    for (var ranges : List.of(asked.getUidsList(), asked.getGidsList())) {
      if (ranges.size() != 1 || ranges.getFirst().getContainerId() != 0) {
        throw RuntimeFault.invalid(
            "user namespace: users %s, groups %s (expected: one range of each, from container id 0)"
                .formatted(ours(asked.getUidsList()), ours(asked.getGidsList())));
      }
    }
    return mappings(asked.getUidsList(), asked.getGidsList());
  }

  static IdMappings mappings(List<IDMapping> uids, List<IDMapping> gids) {
    return new IdMappings(ours(uids), ours(gids));
  }

  private static List<IdMapping> ours(List<IDMapping> ranges) {
    return ranges.stream()
        .map(
            it ->
                new IdMapping(
                    Integer.toUnsignedLong(it.getContainerId()),
                    Integer.toUnsignedLong(it.getHostId()),
                    Integer.toUnsignedLong(it.getLength())))
        .toList();
  }

  /** A container has the users of its pod; one that asks for others is refused. */
  static void check(NamespaceOption ofContainer, Sandbox sandbox) {
    var users = sandbox.config().sharing().users();
    if (ofContainer.hasUsernsOptions() && !ids(ofContainer).equals(users)) {
      throw RuntimeFault.invalid(
          "user namespace: "
              + ids(ofContainer)
              + " of a container (expected: that of its pod, "
              + users
              + ")");
    }
  }

  static UserNamespace answer(Optional<IdMappings> users) {
    var answer = UserNamespace.newBuilder();
    return users
        .map(
            ids ->
                answer
                    .setMode(NamespaceMode.POD)
                    .addAllUids(theirs(ids.uids()))
                    .addAllGids(theirs(ids.gids())))
        .orElseGet(() -> answer.setMode(NamespaceMode.NODE))
        .build();
  }

  static List<IDMapping> theirs(List<IdMapping> ranges) {
    return ranges.stream()
        .map(
            it ->
                IDMapping.newBuilder()
                    .setContainerId((int) it.containerId())
                    .setHostId((int) it.hostId())
                    .setLength((int) it.length())
                    .build())
        .toList();
  }
}
