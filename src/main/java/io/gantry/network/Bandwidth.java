package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The limits that a pod's annotations ask for, in bits a second, as Kubernetes has them: {@code
 * kubernetes.io/ingress-bandwidth: 10M}.
 */
record Bandwidth(OptionalLong ingress, OptionalLong egress) {
  private static final String INGRESS = "kubernetes.io/ingress-bandwidth";
  private static final String EGRESS = "kubernetes.io/egress-bandwidth";

  /** What other runtimes give along with a rate: as good as none. */
  private static final long BURST_BITS = 4_294_967_295L;

  private static final Pattern QUANTITY =
      Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,9})?)(?:([kMGTP])|([KMGTP])i|[eE]([0-9]{1,2}))?");

  private static final BigDecimal LEAST = new BigDecimal("1e3");
  private static final BigDecimal MOST = new BigDecimal("1e15");

  static Optional<Bandwidth> of(Map<String, String> annotations) {
    var bandwidth = new Bandwidth(rate(annotations, INGRESS), rate(annotations, EGRESS));
    return bandwidth.ingress.isPresent() || bandwidth.egress.isPresent()
        ? Optional.of(bandwidth)
        : Optional.empty();
  }

  /** The argument of the capability. */
  ObjectNode json() {
    var json = CniJson.empty();
    ingress.ifPresent(rate -> json.put("ingressRate", rate).put("ingressBurst", BURST_BITS));
    egress.ifPresent(rate -> json.put("egressRate", rate).put("egressBurst", BURST_BITS));
    return json;
  }

  private static OptionalLong rate(Map<String, String> annotations, String name) {
    var text = annotations.get(name);
    if (text == null) {
      return OptionalLong.empty();
    }
    var quantity = QUANTITY.matcher(text);
    if (quantity.matches()) {
      var bits = scaled(new BigDecimal(quantity.group(1)), quantity.toMatchResult());
      if (bits.compareTo(LEAST) >= 0 && bits.compareTo(MOST) <= 0) {
        return OptionalLong.of(bits.setScale(0, RoundingMode.UP).longValueExact());
      }
    }
    throw RuntimeFault.invalid(
        "annotation "
            + name
            + ": '"
            + text
            + "' (expected: a quantity from 1k to 1P, such as 10M)");
  }

  private static BigDecimal scaled(BigDecimal number, java.util.regex.MatchResult quantity) {
    if (quantity.group(2) != null) {
      return number.scaleByPowerOfTen(3 * power(quantity.group(2)));
    }
    if (quantity.group(3) != null) {
      return number.multiply(BigDecimal.valueOf(1024).pow(power(quantity.group(3))));
    }
    return quantity.group(4) == null
        ? number
        : number.scaleByPowerOfTen(Integer.parseInt(quantity.group(4)));
  }

  private static int power(String unit) {
    return "KMGTP".indexOf(Character.toUpperCase(unit.charAt(0))) + 1;
  }
}
