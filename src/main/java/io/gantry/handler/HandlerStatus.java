package io.gantry.handler;

import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.AnnotationRule;
import io.gantry.runtime.Features;
import io.gantry.runtime.Overhead;
import java.util.Optional;

/**
 * A handler, as it was found when it was probed last.
 *
 * @param isDefault whether {@code ""} means this one
 * @param annotations what of a request's annotations it is told
 * @param overhead of each pod, beside its containers
 * @param features what it can do; empty if it is broken
 * @param fault why it cannot be used; empty if it can
 */
public record HandlerStatus(
    String name,
    boolean isDefault,
    AnnotationRule annotations,
    Overhead overhead,
    Optional<Features> features,
    Optional<RuntimeFault> fault) {}
