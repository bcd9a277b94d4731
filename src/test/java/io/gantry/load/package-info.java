/**
 * The load tests: Gantry and a peer on one host, asked the same things in turn.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.load.Load} is the program; loadtests/run.sh prepares what it needs. A {@code
 * Scenario} asks and writes what it saw into {@code Samples}; {@code Report} makes the tables.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Nothing but the CRI is used to drive a runtime: any socket will do.
 *   <li>Runtimes are measured in turn, in one run, each round in the other order than the last.
 *   <li>What was made is removed, also when a scenario fails.
 * </ul>
 */
package io.gantry.load;
