package io.gantry.shim;

import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.gantry.shim.proto.ConnectResponse;
import io.gantry.shim.proto.CreateTaskResponse;
import io.gantry.shim.proto.DeleteResponse;
import io.gantry.shim.proto.StartResponse;
import io.gantry.shim.proto.StateResponse;
import io.gantry.shim.proto.StatsResponse;
import io.gantry.shim.proto.WaitResponse;
import io.gantry.ttrpc.Method;

/**
 * A method of the task service. Its versions 2 and 3 differ in the name of the service alone.
 *
 * @param words how messages call it
 */
record Verb<T extends MessageLite>(String name, String words, Parser<T> answer) {
  static final Verb<CreateTaskResponse> CREATE =
      new Verb<>("Create", "create", CreateTaskResponse.parser());
  static final Verb<StartResponse> START = new Verb<>("Start", "start", StartResponse.parser());
  static final Verb<DeleteResponse> DELETE =
      new Verb<>("Delete", "delete", DeleteResponse.parser());
  static final Verb<StateResponse> STATE = new Verb<>("State", "state", StateResponse.parser());
  static final Verb<WaitResponse> WAIT = new Verb<>("Wait", "wait", WaitResponse.parser());
  static final Verb<StatsResponse> STATS = new Verb<>("Stats", "stats", StatsResponse.parser());
  static final Verb<ConnectResponse> CONNECT =
      new Verb<>("Connect", "connect", ConnectResponse.parser());
  static final Verb<Empty> KILL = new Verb<>("Kill", "kill", Empty.parser());
  static final Verb<Empty> EXEC = new Verb<>("Exec", "exec", Empty.parser());
  static final Verb<Empty> RESIZE = new Verb<>("ResizePty", "resize", Empty.parser());
  static final Verb<Empty> CLOSE_INPUT = new Verb<>("CloseIO", "close input", Empty.parser());
  static final Verb<Empty> PAUSE = new Verb<>("Pause", "pause", Empty.parser());
  static final Verb<Empty> RESUME = new Verb<>("Resume", "resume", Empty.parser());
  static final Verb<Empty> CHECKPOINT = new Verb<>("Checkpoint", "checkpoint", Empty.parser());
  static final Verb<Empty> UPDATE = new Verb<>("Update", "update", Empty.parser());
  static final Verb<Empty> SHUTDOWN = new Verb<>("Shutdown", "shutdown", Empty.parser());

  Method<T> of(int version) {
    return new Method<>("containerd.task.v" + version + ".Task", name, answer);
  }
}
