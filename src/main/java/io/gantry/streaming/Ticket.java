package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import java.util.List;

/** What a URL stands for. */
sealed interface Ticket {
  /** That of the session; not that which asked for the URL, which has been answered. */
  Call call();

  /** The first segment of the URL's path. */
  String place();

  record Exec(Call call, ContainerId container, ExecRequest request) implements Ticket {
    @Override
    public String place() {
      return "exec";
    }
  }

  record Attach(Call call, ContainerId container, AttachRequest request) implements Ticket {
    @Override
    public String place() {
      return "attach";
    }
  }

  record PortForward(Call call, SandboxId sandbox, List<Integer> ports) implements Ticket {
    @Override
    public String place() {
      return "portforward";
    }
  }
}
