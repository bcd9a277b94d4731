package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AnnotationRuleTest {
  private final AnnotationRule rule =
      new AnnotationRule(Set.of("io.katacontainers.*", "exact"), Map.of("run.oci.handler", "wasm"));

  @Test
  void nothingOfARequestIsToldUnlessItIsAllowed() {
    assertThat(AnnotationRule.NONE.of(Map.of("a", "1"), Map.of("b", "2"))).isEmpty();
  }

  @Test
  void namesAreExactAndPrefixesAreOfWholeLabels() {
    var asked =
        Map.of("io.katacontainers.x", "1", "io.katacontainersx", "2", "exact", "3", "exacter", "4");
    assertThat(rule.of(asked, Map.of()))
        .containsOnlyKeys("io.katacontainers.x", "exact", "run.oci.handler");
  }

  @Test
  void aContainersComeOverThePodsAndTheHandlersOverBoth() {
    var both = new AnnotationRule(Set.of("a", "b"), Map.of("b", "handler"));
    assertThat(both.of(Map.of("a", "pod", "b", "pod"), Map.of("a", "container")))
        .isEqualTo(Map.of("a", "container", "b", "handler"));
  }
}
