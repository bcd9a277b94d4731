/**
 * Durable state: records and the outbox of facts, in one SQLite file.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.state.State} and the {@link io.gantry.state.Change} it commits; {@link
 * io.gantry.state.Sqlite} opens one; {@link io.gantry.state.Records} keeps the objects of a kind in
 * memory over it.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>A record and its fact are in one transaction; facts are numbered without a gap.
 *   <li>Owners' memory changes, and facts are told, in commit order.
 *   <li>What is in the file after a crash is whole changes, in commit order from the first.
 *   <li>A full disk takes a reserve first, so that stops and removals are still recorded.
 *   <li>A file of a newer version opens if that version only added; damage is reported, never
 *       replaced by an empty file.
 *   <li>One unreadable record never stops a start. Fields of a newer version survive.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * What the records mean (sandbox, container, image) and who reads facts (events).
 */
@NullMarked
package io.gantry.state;

import org.jspecify.annotations.NullMarked;
