package io.gantry.handler;

import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.Features;
import java.util.Optional;

/**
 * A handler, as it was found when it was probed last.
 *
 * @param isDefault whether {@code ""} means this one
 * @param annotations what of a request's annotations it is told
 * @param features what it can do; empty if it is broken
 * @param fault why it cannot be used; empty if it can
 */
public record HandlerStatus(
    String name,
    boolean isDefault,
    AnnotationRule annotations,
    Optional<Features> features,
    Optional<RuntimeFault> fault) {}
