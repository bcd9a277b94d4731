package io.gantry.diagnosis;

import io.gantry.call.Journal;
import io.gantry.call.Subject;
import java.util.List;

/**
 * What is the matter with something.
 *
 * @param name its full name, or the id where it has none
 * @param state in one word or two
 * @param summary one sentence
 * @param advice what can be done; empty if nothing need be
 * @param calls about it: those under way, then those that ended, the latest first
 */
public record Explanation(
    Subject.Kind subject,
    String name,
    String state,
    String summary,
    List<String> advice,
    List<Journal.Entry> calls) {}
