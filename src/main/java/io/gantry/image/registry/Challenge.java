package io.gantry.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a 401 asks for (RFC 9110, section 11.6.1): a scheme in lower case and its parameters, their
 * names in lower case.
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern SCHEME = Pattern.compile("[\\s,]*(" + TOKEN + ")(?=\\s|,|$)\\s*");
  private static final Pattern PARAMETER =
      Pattern.compile(
          "[\\s,]*("
              + TOKEN
              + ")\\s*=\\s*(?:\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"|("
              + TOKEN
              + "))");

  /** Longer values are not challenges but attempts to keep us busy. */
  private static final int CHARS_MAX = 4096;

  Challenge {
    parameters = Map.copyOf(parameters);
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
  }

  /** All challenges in the values of WWW-Authenticate headers; what is malformed ends its value. */
  static List<Challenge> parse(List<String> headers) {
    var found = new ArrayList<Challenge>();
    headers.stream()
        .filter(header -> header.length() <= CHARS_MAX)
        .forEach(header -> parse(header, found));
    return List.copyOf(found);
  }

  private static void parse(String header, List<Challenge> found) {
    var at = 0;
    while (true) {
      var scheme = SCHEME.matcher(header).region(at, header.length());
      if (!scheme.lookingAt()) {
        return;
      }
      at = scheme.end();
      var parameters = new LinkedHashMap<String, String>();
      var parameter = PARAMETER.matcher(header).region(at, header.length());
      while (parameter.lookingAt()) {
        parameters.putIfAbsent(parameter.group(1).toLowerCase(Locale.ROOT), value(parameter));
        at = parameter.end();
        parameter.region(at, header.length());
      }
      found.add(new Challenge(scheme.group(1).toLowerCase(Locale.ROOT), parameters));
    }
  }

  private static String value(java.util.regex.Matcher parameter) {
    var quoted = parameter.group(2);
    return quoted == null ? parameter.group(3) : quoted.replaceAll("\\\\(.)", "$1");
  }
}
