/**
 * Pod networks: CNI plugins, run in a chain when a pod comes and in reverse when it goes.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.network.Networks} is the door, {@link io.gantry.network.Cni} opens it. {@code
 * CniNetworks} holds the two flows; {@code Chain} is what a configuration file says; {@code
 * AttachmentCache} is what a restart finds.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>The request is on disk before the first plugin runs: whatever happens then, a DEL follows.
 *   <li>A DEL gets what its ADD got, and the ADD's result, whatever became of the configuration
 *       file and of the namespace.
 *   <li>One plugin's failure does not keep the others from their DEL.
 *   <li>No plugin runs longer than its bound: it is killed with its children.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * The network namespace and its loopback (host), resolv.conf and hosts files (sandbox).
 */
@NullMarked
package io.gantry.network;

import org.jspecify.annotations.NullMarked;
