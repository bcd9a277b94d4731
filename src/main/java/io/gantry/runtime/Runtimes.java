package io.gantry.runtime;

import java.util.Set;

/** The runtimes of this node by the names of their handlers. Answers from memory. */
public interface Runtimes {
  /**
   * The handler that a request means.
   *
   * @param requested a handler's name, or {@code ""} for the default
   * @throws io.gantry.errors.RuntimeFault INVALID_ARGUMENT if there is none of that name
   */
  String handler(String requested);

  /**
   * The runtime of a handler, for a new pod.
   *
   * @throws io.gantry.errors.RuntimeFault FAILED_PRECONDITION with the reason if it does not work
   *     on this host
   */
  PodRuntime ready(String handler);

  /**
   * The runtime of a handler, for a pod that is there: also of one that has worked and does not any
   * more, or is not configured any more.
   *
   * @throws io.gantry.errors.RuntimeFault FAILED_PRECONDITION with the reason if it has never
   *     worked since the start
   */
  PodRuntime runtime(String handler);

  /** What of a request's annotations the runtime of a handler is told. */
  AnnotationRule annotations(String handler);

  /** What a pod of {@code handler} takes beside its containers, if nobody says otherwise. */
  Overhead overhead(String handler);

  /** The handlers that work. */
  Set<String> handlers();

  /** Who makes the control groups of this node, whatever the handler. */
  CgroupDriver cgroupDriver();
}
