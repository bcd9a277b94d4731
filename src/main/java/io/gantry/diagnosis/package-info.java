/**
 * The first question of whoever is on call, answered: why does this not start?
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.diagnosis.Diagnoses} takes a name and gives an {@link
 * io.gantry.diagnosis.Explanation}; {@code Advice} is the list of what can be done about what.
 *
 * <h2>Promises</h2>
 *
 * Answers from memory: from the journal of calls and the records, in the middle of anything.
 *
 * <h2>Not here</h2>
 *
 * The journal itself (call), and how an explanation is shown (api, cli).
 */
@NullMarked
package io.gantry.diagnosis;

import org.jspecify.annotations.NullMarked;
