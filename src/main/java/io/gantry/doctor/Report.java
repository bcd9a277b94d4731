package io.gantry.doctor;

import io.gantry.doctor.Finding.Level;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** All findings, in the order in which one would look. */
public record Report(List<Finding> findings) {
  public Report {
    findings = List.copyOf(findings);
  }

  /** That of the worst finding. */
  public Level level() {
    return findings.stream().map(Finding::level).max(Comparator.naturalOrder()).orElse(Level.OK);
  }

  /** For people: a line a finding, and below those that are not well why it matters and the fix. */
  public String text() {
    var text = new StringBuilder();
    for (var finding : findings) {
      text.append(
          "%-8s %-20s %s%n".formatted(word(finding.level()), finding.check(), finding.found()));
      if (finding.level() != Level.OK) {
        text.append("         %s%n         -> %s%n".formatted(finding.why(), finding.fix()));
      }
    }
    return text.toString();
  }

  /** As documents and people have it: {@code ok}, {@code warning}, {@code broken}. */
  public static String word(Level level) {
    return level.name().toLowerCase(Locale.ROOT);
  }
}
