package io.gantry.network;

import java.util.List;

/**
 * What a pod got.
 *
 * @param network the name of the network configuration
 * @param ips addresses without prefix lengths, the primary one first
 */
public record Attachment(String network, List<String> ips) {
  public Attachment {
    ips = List.copyOf(ips);
  }
}
