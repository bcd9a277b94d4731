package io.gantry.load;

import java.util.List;

/**
 * A way for bytes through a stream, and the command at the container's end of it. The command says
 * a line when it is there, and waits for one before anything flows.
 */
enum StreamFlow {
  STDIN("exec, stdin", true, true),
  STDOUT("exec, stdout", true, false),
  TO_PORT("port-forward, to the pod", false, true),
  FROM_PORT("port-forward, from the pod", false, false);

  /** What flows through all streams of one measurement together. */
  static final long BYTES = 128L << 20;

  static final List<Integer> STREAMS = List.of(1, 8);

  private static final int BLOCK_BYTES = 64 << 10;
  private static final int PORTS_FROM = 8000;

  private final String text;
  final boolean exec;
  final boolean toContainer;

  StreamFlow(String text, boolean exec, boolean toContainer) {
    this.text = text;
    this.exec = exec;
    this.toContainer = toContainer;
  }

  /** As in the tables. */
  String title(int streams) {
    return text + (streams == 1 ? ", 1 stream" : ", " + streams + " streams");
  }

  static List<String> titles() {
    return List.of(values()).stream().flatMap(flow -> STREAMS.stream().map(flow::title)).toList();
  }

  /** For the shell; one that is sent bytes says another line when it has all of them. */
  String script(int streams) {
    var blocks = BYTES / BLOCK_BYTES / streams;
    return "echo; read line; "
        + (toContainer
                ? "dd bs=%d count=%d iflag=fullblock of=/dev/null 2>/dev/null; echo"
                : "exec dd if=/dev/zero bs=%d count=%d 2>/dev/null")
            .formatted(BLOCK_BYTES, blocks);
  }

  /** The channel on which the container speaks; it listens on the first. */
  int channel() {
    return exec ? 1 : 0;
  }

  /** Where {@link #servers} has the command for so many streams. */
  int port(int streams) {
    return PORTS_FROM + ordinal() * 10 + streams;
  }

  /** For the shell: serves the commands of all flows through ports, until it is killed. */
  static String servers() {
    var script = new StringBuilder();
    for (var flow : List.of(TO_PORT, FROM_PORT)) {
      for (var streams : STREAMS) {
        script.append(
            "tcpsvd -c 64 0.0.0.0 %d sh -c '%s' & "
                .formatted(flow.port(streams), flow.script(streams)));
      }
    }
    return script + "wait";
  }
}
