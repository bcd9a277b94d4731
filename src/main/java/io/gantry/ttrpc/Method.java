package io.gantry.ttrpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;

/**
 * A method of a service, such as {@code Wait} of {@code containerd.task.v3.Task}.
 *
 * @param answer how its answers are read
 */
public record Method<T extends MessageLite>(String service, String name, Parser<T> answer) {}
