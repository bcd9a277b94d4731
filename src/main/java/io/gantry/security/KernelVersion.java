package io.gantry.security;

import io.gantry.errors.RuntimeFault;
import java.util.regex.Pattern;

/** The first two numbers of a Linux version: what a profile's {@code minKernel} compares. */
record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,5})\\.([0-9]{1,5}).*");

  static KernelVersion parse(String text) {
    var match = TEXT.matcher(text.strip());
    if (!match.matches()) {
      throw RuntimeFault.invalid("kernel version: '" + text + "' (expected: such as 4.8)");
    }
    return new KernelVersion(Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2)));
  }

  @Override
  public int compareTo(KernelVersion other) {
    return major == other.major
        ? Integer.compare(minor, other.minor)
        : Integer.compare(major, other.major);
  }
}
