/**
 * The daemon as a kubelet meets it: real containers under crun and runc, driven over the socket.
 */
@NullMarked
package io.gantry.node;

import org.jspecify.annotations.NullMarked;
