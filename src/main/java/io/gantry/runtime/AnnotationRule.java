package io.gantry.runtime;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which annotations of requests a handler's runtime is told. Runtimes take orders from annotations
 * (crun and youki what kind of binary it is, Kata how much memory the machine has), so nothing of a
 * request is handed on unless the node's owner named it.
 *
 * @param allowed names, or beginnings of whole labels: {@code io.katacontainers.*}
 * @param always what each container is given, whatever the request says
 */
public record AnnotationRule(Set<String> allowed, Map<String, String> always) {
  public static final AnnotationRule NONE = new AnnotationRule(Set.of(), Map.of());

  private static final String ANY = ".*";

  public AnnotationRule {
    allowed = Set.copyOf(allowed);
    always = Map.copyOf(always);
  }

  /**
   * What the runtime is told of a container of {@code pod}; the container's come over the pod's.
   */
  public Map<String, String> of(Map<String, String> pod, Map<String, String> container) {
    var told = new HashMap<String, String>();
    add(told, pod);
    add(told, container);
    told.putAll(always);
    return Map.copyOf(told);
  }

  private void add(Map<String, String> told, Map<String, String> asked) {
    asked.forEach(
        (name, value) -> {
          if (allowed.stream().anyMatch(rule -> fits(rule, name))) {
            told.put(name, value);
          }
        });
  }

  private static boolean fits(String rule, String name) {
    return rule.endsWith(ANY)
        ? name.startsWith(rule.substring(0, rule.length() - ANY.length() + 1))
        : name.equals(rule);
  }
}
